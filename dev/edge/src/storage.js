/**
 * R2's storage: the one Miniflare instance that writes objects. Workers read the same folder through their
 * own instances; several writers on it would fail.
 */
import { randomBytes } from "node:crypto";
import http from "node:http";
import { Readable, pipeline } from "node:stream";

import { startMiniflare } from "./runtime.js";
import { signedHeaders } from "./s3/sigv4.js";

const S3_PATH = "/cdn-cgi/local/r2/s3";
const WORKER = "export default { fetch() { return new Response(null, { status: 404 }); } };";

export class Storage {
  #keys = { accessKeyId: randomBytes(16).toString("hex"), secretAccessKey: randomBytes(32).toString("hex") };
  #agent = new http.Agent({ keepAlive: true, timeout: 4000 });
  /** @type {any} */
  #miniflare = null;
  /** @type {URL | null} */
  #url = null;
  #inFlight = 0;
  /** @type {(() => void) | null} */
  #drained = null;
  /** @type {Promise<void>} requests wait for it while the set of buckets changes */
  #gate = Promise.resolve();

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /**
   * Serves exactly these buckets; ends when they are served.
   * @param {string[]} buckets
   * @returns {Promise<void>}
   */
  serve(buckets) {
    const change = this.#gate.catch(() => undefined).then(() => this.#restart(buckets));
    change.catch((error) => console.error("R2's storage did not start:", error));
    this.#gate = change;
    return change;
  }

  /**
   * Sends a request to the bucket's S3 API; the caller has checked who asks.
   * @param {{method: string, path: string, query: string, headers: http.OutgoingHttpHeaders, payloadHash: string}} asked
   *   `path` starts with `/<bucket>`
   * @param {import("node:stream").Readable | Buffer | null} body
   * @returns {Promise<http.IncomingMessage>}
   */
  async request({ method, path, query, headers, payloadHash }, body) {
    await this.#gate;
    const url = this.#url;
    if (url === null) throw new Error("R2's storage has no buckets yet");
    const target = `${S3_PATH}${path}`;
    const signed = signedHeaders({ method, path: target, query, host: url.host, payloadHash, keys: this.#keys });
    const options = {
      host: url.hostname,
      port: url.port,
      method,
      path: query === "" ? target : `${target}?${query}`,
      headers: { ...headers, ...signed },
    };
    this.#inFlight += 1;
    try {
      return await this.#send(options, body);
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /**
   * A kept connection may close under a request just sent; what can be sent again goes over a new one.
   * @param {http.RequestOptions} options
   * @param {Readable | Buffer | null} body
   * @param {http.Agent | false} [agent] false opens a connection of its own
   * @returns {Promise<http.IncomingMessage>}
   */
  #send(options, body, agent = body instanceof Readable || options.method === "POST" ? false : this.#agent) {
    return new Promise((resolve, reject) => {
      let answered = false;
      const outgoing = http.request({ ...options, agent });
      outgoing.on("response", (answer) => {
        answered = true;
        answer.once("close", () => this.#leave());
        resolve(answer);
      });
      outgoing.on("error", (error) => {
        if (outgoing.reusedSocket && !answered) this.#send(options, body, false).then(resolve, reject);
        else reject(error);
      });
      if (body instanceof Readable) pipeline(body, outgoing, () => undefined);
      else outgoing.end(body);
    });
  }

  /** @param {string} bucket */
  async isEmpty(bucket) {
    const response = await this.request(
      { method: "GET", path: `/${bucket}`, query: "list-type=2&max-keys=1", headers: {}, payloadHash: "UNSIGNED-PAYLOAD" },
      null,
    );
    let text = "";
    for await (const chunk of response) text += chunk;
    return !text.includes("<Contents>");
  }

  async close() {
    await this.#gate.catch(() => undefined);
    this.#agent.destroy();
    await this.#miniflare?.dispose().catch(() => undefined);
  }

  /** @param {string[]} buckets */
  async #restart(buckets) {
    if (this.#inFlight > 0) await new Promise((resolve) => (this.#drained = () => resolve(undefined)));
    await this.#miniflare?.dispose();
    this.#miniflare = null;
    this.#url = null;
    if (buckets.length === 0) return;
    this.#miniflare = startMiniflare({
      name: "storage",
      modules: [{ type: "ESModule", path: "/storage.js", contents: WORKER }],
      modulesRoot: "/",
      compatibilityDate: "2026-07-01",
      r2Persist: this.folder,
      r2Buckets: Object.fromEntries(buckets.map((name) => [name, { id: name, s3Credentials: this.#keys }])),
    });
    this.#url = await this.#miniflare.ready;
  }

  #leave() {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    this.#drained?.();
    this.#drained = null;
  }
}
