/** The account beside its scripts: the workers.dev subdomain and the R2 buckets. */
import { ApiError } from "./errors.js";
import { Locks } from "./locks.js";

/**
 * @typedef {import("./store.js").Bucket} Bucket
 */

const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export class Account {
  #locks = new Locks();

  /**
   * @param {{state: import("./store.js").Account, store: import("./store.js").Store, storage: import("./storage.js").Storage}} given
   */
  constructor({ state, store, storage }) {
    this.state = state;
    this.store = store;
    this.storage = storage;
  }

  get subdomain() {
    return this.state.subdomain;
  }

  get buckets() {
    return this.state.buckets;
  }

  /** @param {string} name */
  hasBucket(name) {
    return this.buckets.some((bucket) => bucket.name === name);
  }

  getSubdomain() {
    if (this.subdomain === null) throw new ApiError(404, 10007, "There is no workers.dev subdomain on your account.");
    return { subdomain: this.subdomain };
  }

  /** @param {unknown} subdomain */
  async setSubdomain(subdomain) {
    if (typeof subdomain !== "string" || !SUBDOMAIN.test(subdomain)) {
      throw new ApiError(400, 10031, `Subdomain '${subdomain}' is invalid.`);
    }
    await this.#change((state) => ({ ...state, subdomain }));
    return { subdomain };
  }

  /** @param {string} name */
  getBucket(name) {
    const bucket = this.buckets.find((known) => known.name === name);
    if (bucket === undefined) throw new ApiError(404, 10006, "The specified bucket does not exist.");
    return bucket;
  }

  /**
   * @param {string} name
   * @param {{location?: string, storageClass?: string}} [options]
   * @returns {Promise<Bucket>}
   */
  async createBucket(name, { location = "WEUR", storageClass = "Standard" } = {}) {
    if (!BUCKET_NAME.test(name)) throw new ApiError(400, 10005, "The specified bucket name is not valid.");
    const bucket = { name, creation_date: new Date().toISOString(), location, storage_class: storageClass };
    await this.#change((state) => {
      if (this.hasBucket(name)) {
        throw new ApiError(409, 10004, "The bucket you tried to create already exists, and you own it.");
      }
      return { ...state, buckets: [...state.buckets, bucket] };
    });
    return bucket;
  }

  /** @param {string} name */
  async removeBucket(name) {
    this.getBucket(name);
    if (!(await this.storage.isEmpty(name))) {
      throw new ApiError(409, 10008, `The bucket you tried to delete (${name}) is not empty.`);
    }
    await this.#change((state) => ({ ...state, buckets: state.buckets.filter((bucket) => bucket.name !== name) }));
    return {};
  }

  /** @param {(state: import("./store.js").Account) => import("./store.js").Account} change */
  async #change(change) {
    await this.#locks.run("account", async () => {
      const next = change(this.state);
      await this.store.saveAccount(next);
      this.state = next;
      await this.storage.serve(this.buckets.map((bucket) => bucket.name));
    });
  }
}
