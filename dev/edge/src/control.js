/** What tests steer: answers that fail on purpose, and the log of API requests. Only with EDGE_CONTROL=1. */
import { readBody } from "./http.js";

/**
 * @typedef {object} Planned one answer instead of the real one
 * @property {number} [status] without it the real answer follows, after the delay
 * @property {Record<string, string>} [headers]
 * @property {unknown} [body] text as it is, anything else as JSON
 * @property {number} [delay_ms]
 * @property {boolean} [hang] never answers
 * @property {boolean} [drop] cuts the connection
 * @property {boolean} [apply] the request takes effect before this answer replaces the real one
 * @property {boolean} [late] cuts the connection; the request takes effect when the test says so
 * @property {number} [late_ms] likewise, and it takes effect by itself so much later
 *
 * @typedef {{method?: string, path: RegExp, responses: Planned[]}} Fault
 * @typedef {import("./api/server.js").Answer} Answer
 */

const CONTROLS = new Set(["POST faults", "GET faults", "DELETE faults", "GET requests", "DELETE requests", "POST late"]);
const LOG_LIMIT = 10_000;

export class Control {
  /** @type {Fault[]} */
  #faults = [];
  /** @type {object[]} */
  #log = [];
  /** @type {(() => Promise<Answer>)[]} */
  #late = [];

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   * @param {URL} url
   * @param {(body?: Buffer) => Promise<Answer>} answer the real answer, to the body that has been read already
   * @returns {Promise<boolean>} whether the request has been dealt with
   */
  async handle(request, response, url, answer) {
    if (url.pathname.startsWith("/__edge/")) {
      await this.#steer(request, response, url.pathname.slice("/__edge/".length));
      return true;
    }
    this.#record(request, response, url);
    const planned = this.#take(request.method ?? "GET", url.pathname);
    if (planned === undefined) return false;
    if (planned.delay_ms) await new Promise((resolve) => setTimeout(resolve, planned.delay_ms));
    if (planned.late || planned.late_ms) {
      const body = await readBody(request);
      if (planned.late) this.#late.push(() => answer(body));
      else setTimeout(() => answer(body), planned.late_ms);
      request.socket.destroy();
      return true;
    }
    if (planned.apply) await answer();
    if (planned.drop) request.socket.destroy();
    if (planned.drop || planned.hang) return true;
    if (planned.status === undefined) return false;
    fake(response, planned);
    return true;
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   * @param {string} what
   */
  async #steer(request, response, what) {
    const command = `${request.method} ${what}`;
    if (!CONTROLS.has(command)) return fake(response, { status: 404, body: "no such control" });
    if (command === "POST faults") {
      try {
        this.#faults.push(fault(JSON.parse((await readBody(request)).toString())));
      } catch (error) {
        return fake(response, { status: 400, body: `not a fault: ${/** @type {Error} */ (error).message}` });
      }
    }
    if (command === "POST late") {
      const answers = await Promise.all(this.#late.splice(0).map((take) => take()));
      return fake(response, { status: 200, body: { statuses: answers.map(({ status }) => status) } });
    }
    if (command === "DELETE faults") {
      this.#faults = [];
      this.#late = [];
    }
    if (command === "DELETE requests") this.#log = [];
    const body = what === "requests" ? { requests: this.#log } : { faults: this.#faults.map(({ responses }) => responses.length) };
    return fake(response, { status: 200, body });
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   * @param {URL} url
   */
  #record(request, response, url) {
    const { authorization: _, ...headers } = request.headers;
    const began = performance.now();
    /** @type {Record<string, unknown>} */
    const entry = {
      at: new Date().toISOString(),
      method: request.method,
      path: url.pathname,
      query: url.search.slice(1),
      headers,
      status: null,
      duration_ms: null,
    };
    this.#log.push(entry);
    if (this.#log.length > LOG_LIMIT) this.#log.shift();
    response.on("close", () => {
      entry.status = response.writableFinished ? response.statusCode : null;
      entry.duration_ms = Math.round((performance.now() - began) * 10) / 10;
    });
  }

  /**
   * @param {string} method
   * @param {string} path
   */
  #take(method, path) {
    const match = this.#faults.find((known) => (known.method ?? method) === method && known.path.test(path));
    const planned = match?.responses.shift();
    this.#faults = this.#faults.filter(({ responses }) => responses.length > 0);
    return planned;
  }
}

/**
 * @param {{method?: string, path?: string, responses: Planned[]}} given
 * @returns {Fault}
 */
function fault({ method, path = "", responses }) {
  if (!Array.isArray(responses)) throw new Error("responses must be a list");
  return { method, path: new RegExp(path), responses: [...responses] };
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {Planned} planned
 */
function fake(response, { status = 200, headers = {}, body = "" }) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/plain" : "application/json";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(text);
}
