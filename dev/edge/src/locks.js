/** Mutual exclusion by name, first come first served. */

export class Locks {
  /** @type {Map<string, Promise<unknown>>} */
  #tails = new Map();

  /**
   * Runs `work` when everything queued earlier under the same name has ended.
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(name, work) {
    const turn = (this.#tails.get(name) ?? Promise.resolve()).then(work);
    const tail = turn.catch(() => undefined);
    this.#tails.set(name, tail);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}
