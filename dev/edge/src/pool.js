/**
 * The running versions: started on demand and once, counted while requests use them, replaced without
 * cutting a request off, and never more than a fixed number.
 */
import { availableParallelism } from "node:os";

import { ApiError } from "./errors.js";

/**
 * @typedef {import("./runtime.js").Instance} Instance
 * @typedef {import("./store.js").Version} Version
 * @typedef {{instance: Instance, release: () => void}} Lease
 *
 * @typedef {object} Entry
 * @property {string} script
 * @property {string} id
 * @property {PromiseWithResolvers<void>} place fulfilled when it may start; rejected when it is replaced before
 * @property {Promise<Instance>} started
 * @property {boolean} ready
 * @property {number} leases
 * @property {number} lastUsed
 * @property {boolean} admitted it counts against the limit
 * @property {boolean} spare replaced, and kept in case it is deployed again: the first to end for another
 * @property {boolean} retired
 * @property {NodeJS.Timeout} [deadline]
 */

const DRAIN_SECONDS = 30;
/** More at a time would start no sooner, only each of them more slowly: past its time, on a busy machine. */
const STARTS_AT_ONCE = 2 * availableParallelism();

/** Another version has taken the place of one that was still waiting to start: ask for that one. */
export class Replaced extends Error {}

export class Pool {
  /** @type {Map<string, Entry>} waiting, starting or running, by version id */
  #entries = new Map();
  /** @type {Set<Entry>} out of service, still finishing requests */
  #draining = new Set();
  /** @type {Entry[]} wanted, but without a place yet; first come, first served */
  #queue = [];
  #admitted = 0;
  #starting = 0;
  /** Instances that end now: each of them is a place soon. */
  #ending = 0;

  /**
   * @param {{
   *   start: (script: string, version: Version) => Promise<Instance>,
   *   maxInstances: number,
   *   idleSeconds: number,
   *   placeSeconds: number,
   * }} options
   */
  constructor({ start, maxInstances, idleSeconds, placeSeconds }) {
    this.start = start;
    this.maxInstances = maxInstances;
    this.idleMs = idleSeconds * 1000;
    this.placeMs = placeSeconds * 1000;
    this.sweeper = setInterval(() => this.#evictIdle(), Math.max(50, this.idleMs / 4));
  }

  /**
   * The version for one request; the instance stays until `release`. The wait for a place ends with the
   * signal; the start after it has a bound of its own.
   * @param {string} script
   * @param {Version} version
   * @param {AbortSignal} signal
   * @returns {Promise<Lease>}
   * @throws {Replaced}
   */
  async lease(script, version, signal) {
    const entry = this.#entry(script, version);
    entry.leases += 1;
    let held = true;
    const release = () => {
      if (held) this.#release(entry);
      held = false;
    };
    try {
      await unlessAborted(entry.place.promise, signal);
      return { instance: await entry.started, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Starts a version ahead of its first request, which proves that it starts at all.
   * @param {string} script
   * @param {Version} version
   * @returns {Promise<Instance>}
   */
  async warm(script, version) {
    const patience = new AbortController();
    const busy = new ApiError(503, 10013, `All ${this.maxInstances} local Workers are in use; try again in a moment.`);
    const timer = setTimeout(() => patience.abort(busy), this.placeMs);
    try {
      const { instance, release } = await this.lease(script, version, patience.signal);
      release();
      return instance;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Takes every other version of the script out of service.
   * @param {string} script
   * @param {string[]} ids versions that stay
   * @param {string[]} spare versions that were just replaced: they stay as long as nobody else needs their place
   */
  keepOnly(script, ids, spare = []) {
    for (const entry of [...this.#entries.values()].filter((one) => one.script === script)) {
      entry.spare = entry.ready && spare.includes(entry.id) && !ids.includes(entry.id);
      if (!entry.spare && !ids.includes(entry.id)) this.#retire(entry);
    }
  }

  /** Ends every instance at once. */
  async close() {
    clearInterval(this.sweeper);
    for (const entry of [...this.#queue]) this.#retire(entry);
    const all = [...this.#entries.values(), ...this.#draining];
    await Promise.all(all.map((entry) => this.#dispose(entry)));
  }

  /**
   * @param {string} script
   * @param {Version} version
   */
  #entry(script, version) {
    const known = this.#entries.get(version.id);
    if (known !== undefined) return known;
    const entry = /** @type {Entry} */ ({
      script,
      id: version.id,
      place: Promise.withResolvers(),
      ready: false,
      leases: 0,
      lastUsed: Date.now(),
      admitted: false,
      spare: false,
      retired: false,
    });
    entry.started = this.#start(entry, version);
    entry.started.catch(() => undefined); // those who wait for it are told
    this.#entries.set(entry.id, entry);
    this.#queue.push(entry);
    this.#admit();
    return entry;
  }

  /**
   * @param {Entry} entry
   * @param {Version} version
   */
  async #start(entry, version) {
    await entry.place.promise;
    try {
      const instance = await this.start(entry.script, version);
      entry.ready = true;
      return instance;
    } catch (error) {
      this.#forget(entry);
      throw error;
    } finally {
      this.#starting -= 1;
      this.#admit();
    }
  }

  /** Gives places to those who wait, as far as there are any; the longest unused instances end for them. */
  #admit() {
    for (;;) {
      const wanted = Math.min(this.#queue.length, STARTS_AT_ONCE - this.#starting);
      const next = wanted > 0 && this.#admitted < this.maxInstances ? this.#queue.shift() : undefined;
      if (next !== undefined) {
        this.#admitted += 1;
        this.#starting += 1;
        next.admitted = true;
        next.place.resolve();
        continue;
      }
      const unused = wanted > this.#ending ? this.#longestUnused() : undefined;
      if (unused === undefined) return;
      this.#retire(unused);
    }
  }

  #longestUnused() {
    const idle = [...this.#entries.values()].filter((entry) => entry.ready && entry.leases === 0);
    return idle.sort((a, b) => Number(b.spare) - Number(a.spare) || a.lastUsed - b.lastUsed)[0];
  }

  /** @param {Entry} entry */
  #release(entry) {
    entry.leases -= 1;
    entry.lastUsed = Date.now();
    if (entry.leases > 0) return;
    if (entry.retired) void this.#dispose(entry);
    else if (entry.admitted) this.#admit();
    else this.#forget(entry); // nobody waits for its place any more
  }

  /** @param {Entry} entry */
  #retire(entry) {
    if (!entry.admitted) {
      this.#forget(entry);
      entry.place.reject(new Replaced());
      return;
    }
    if (entry.retired) return;
    entry.retired = true;
    this.#entries.delete(entry.id);
    this.#draining.add(entry);
    if (entry.leases === 0) void this.#dispose(entry);
    else entry.deadline = setTimeout(() => void this.#dispose(entry), DRAIN_SECONDS * 1000);
  }

  /** @param {Entry} entry */
  async #dispose(entry) {
    this.#ending += 1;
    clearTimeout(entry.deadline);
    const instance = await entry.started.catch(() => null);
    await instance?.dispose();
    this.#ending -= 1;
    this.#forget(entry);
  }

  /** @param {Entry} entry */
  #forget(entry) {
    if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id);
    this.#queue = this.#queue.filter((other) => other !== entry);
    this.#draining.delete(entry);
    if (entry.admitted) this.#admitted -= 1;
    entry.admitted = false;
    this.#admit();
  }

  #evictIdle() {
    const limit = Date.now() - this.idleMs;
    for (const entry of [...this.#entries.values()]) {
      if (entry.ready && entry.leases === 0 && entry.lastUsed <= limit) this.#retire(entry);
    }
  }
}

/**
 * @param {Promise<void>} promise
 * @param {AbortSignal} signal
 */
async function unlessAborted(promise, signal) {
  const aborted = Promise.withResolvers();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
