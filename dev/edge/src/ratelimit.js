/** The API's rate limit: so many requests in a period; whoever asks for more is blocked for as long as one. */
import { ApiError } from "./errors.js";

export class RateLimit {
  #calls;
  #ms;
  #used = 0;
  #ends = 0;
  #blockedUntil = 0;

  /**
   * @param {number} calls
   * @param {number} seconds
   */
  constructor(calls, seconds) {
    this.#calls = calls;
    this.#ms = seconds * 1000;
  }

  /** Counts a request; throws what is answered to one too many. */
  count() {
    const now = Math.round(performance.now());
    if (now >= this.#ends) [this.#used, this.#ends] = [0, now + this.#ms];
    if (now >= this.#blockedUntil && this.#used < this.#calls) {
      this.#used += 1;
      return;
    }
    if (now >= this.#blockedUntil) this.#blockedUntil = now + this.#ms;
    throw new ApiError(429, 971, "Please wait and consider throttling your request speed", {
      "retry-after": String(seconds(this.#blockedUntil - now)),
    });
  }

  /** What every answer tells of it, in the form of the IETF's draft. */
  headers() {
    const now = Math.round(performance.now());
    const blocked = now < this.#blockedUntil;
    const left = blocked ? 0 : this.#calls - (now < this.#ends ? this.#used : 0);
    const until = blocked ? this.#blockedUntil : this.#ends;
    return {
      ratelimit: `"default";r=${left};t=${seconds(Math.max(0, until - now))}`,
      "ratelimit-policy": `"default";q=${this.#calls};w=${seconds(this.#ms)}`,
    };
  }
}

/** @param {number} ms */
function seconds(ms) {
  return Math.ceil(ms / 1000);
}
