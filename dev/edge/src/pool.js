/**
 * The running versions: started on demand and once, counted while requests use them, replaced without
 * cutting a request off, and never more than a fixed number.
 */
import { ApiError } from "./errors.js";

/**
 * @typedef {import("./runtime.js").Instance} Instance
 * @typedef {import("./store.js").Version} Version
 * @typedef {{url: URL, release: () => void}} Lease
 *
 * @typedef {object} Entry
 * @property {string} script
 * @property {string} id
 * @property {Promise<Instance>} started
 * @property {boolean} ready
 * @property {number} leases
 * @property {number} lastUsed
 * @property {boolean} admitted it counts against the limit
 * @property {boolean} retired
 * @property {NodeJS.Timeout} [deadline]
 */

const DRAIN_SECONDS = 30;
const ROOM_SECONDS = 30;

export class Pool {
  /** @type {Map<string, Entry>} running or starting, by version id */
  #entries = new Map();
  /** @type {Set<Entry>} out of service, still finishing requests */
  #draining = new Set();
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #admitted = 0;

  /**
   * @param {{start: (script: string, version: Version) => Promise<Instance>, maxInstances: number, idleSeconds: number}} options
   */
  constructor({ start, maxInstances, idleSeconds }) {
    this.start = start;
    this.maxInstances = maxInstances;
    this.idleMs = idleSeconds * 1000;
    this.sweeper = setInterval(() => this.#evictIdle(), Math.max(50, this.idleMs / 4));
  }

  /** @returns {string[]} ids of the versions that run or start now */
  running() {
    return [...this.#entries.keys()];
  }

  /**
   * The version's address for one request; the instance stays until `release`.
   * @param {string} script
   * @param {Version} version
   * @returns {Promise<Lease>}
   */
  async lease(script, version) {
    const entry = this.#entry(script, version);
    entry.leases += 1;
    let held = true;
    const release = () => {
      if (held) this.#release(entry);
      held = false;
    };
    try {
      return { url: (await entry.started).url, release };
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
    const entry = this.#entry(script, version);
    entry.lastUsed = Date.now();
    return entry.started;
  }

  /**
   * Takes every other version of the script out of service.
   * @param {string} script
   * @param {string[]} ids versions that stay
   */
  keepOnly(script, ids) {
    for (const entry of [...this.#entries.values()]) {
      if (entry.script === script && !ids.includes(entry.id)) this.#retire(entry);
    }
  }

  /** Ends every instance at once. */
  async close() {
    clearInterval(this.sweeper);
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
      ready: false,
      leases: 0,
      lastUsed: Date.now(),
      admitted: false,
      retired: false,
    });
    entry.started = this.#room(entry).then(() => this.start(script, version));
    this.#entries.set(version.id, entry);
    entry.started.then(
      () => (entry.ready = true),
      () => this.#forget(entry),
    );
    return entry;
  }

  /** @param {Entry} entry */
  #release(entry) {
    entry.leases -= 1;
    entry.lastUsed = Date.now();
    if (entry.leases > 0) return;
    if (entry.retired) void this.#dispose(entry);
    else if (this.#waiting.size > 0) this.#wake();
  }

  /** @param {Entry} entry */
  #retire(entry) {
    if (entry.retired) return;
    entry.retired = true;
    this.#entries.delete(entry.id);
    this.#draining.add(entry);
    if (entry.leases === 0) void this.#dispose(entry);
    else entry.deadline = setTimeout(() => void this.#dispose(entry), DRAIN_SECONDS * 1000);
  }

  /** @param {Entry} entry */
  async #dispose(entry) {
    clearTimeout(entry.deadline);
    const instance = await entry.started.catch(() => null);
    await instance?.dispose();
    this.#forget(entry);
  }

  /** @param {Entry} entry */
  #forget(entry) {
    if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id);
    this.#draining.delete(entry);
    if (entry.admitted) this.#admitted -= 1;
    entry.admitted = false;
    this.#wake();
  }

  #wake() {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  #evictIdle() {
    const limit = Date.now() - this.idleMs;
    for (const entry of [...this.#entries.values()]) {
      if (entry.ready && entry.leases === 0 && entry.lastUsed <= limit) this.#retire(entry);
    }
  }

  /**
   * Waits until one more instance may start, evicting the one unused for longest.
   * @param {Entry} entry
   */
  async #room(entry) {
    const until = Date.now() + ROOM_SECONDS * 1000;
    while (this.#admitted >= this.maxInstances) {
      const idle = [...this.#entries.values()].filter((other) => other.ready && other.leases === 0);
      idle.sort((a, b) => a.lastUsed - b.lastUsed);
      if (idle[0] !== undefined) this.#retire(idle[0]);
      if (!(await this.#change(until - Date.now()))) {
        throw new ApiError(503, 10013, `All ${this.maxInstances} local Workers are busy; try again in a moment.`);
      }
    }
    this.#admitted += 1;
    entry.admitted = true;
  }

  /**
   * @param {number} ms
   * @returns {Promise<boolean>} whether something changed in time
   */
  #change(ms) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        resolve(false);
      }, Math.max(0, ms));
      this.#waiting.add(wake);
    });
  }
}
