/**
 * Chance that can be played again: the same seed gives the same numbers. Kept in a game's state as a number, it
 * makes of its rules a pure function: `const random = new Random(state.seed); … { ...state, seed: random.seed }`.
 */
export class Random {
  constructor(public seed: number) {}

  /** From 0 up to, and without, 1: Weyl's sequence, stirred. */
  next(): number {
    this.seed = (this.seed + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.next() * list.length)];
    if (found === undefined) throw new Error("There is nothing to pick from an empty list.");
    return found;
  }

  /** A new list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at--) {
      const other = this.whole(0, at);
      [result[at], result[other]] = [result[other] as T, result[at] as T];
    }
    return result;
  }
}

/** Another game each time. */
export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
}
