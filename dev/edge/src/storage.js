/**
 * R2's storage: the one Miniflare instance that writes objects. Workers read the same folder through their
 * own instances; several writers on it would fail.
 */
import http from "node:http";
import { randomBytes } from "node:crypto";

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
   * @param {import("node:stream").Readable | null} body
   * @returns {Promise<http.IncomingMessage>}
   */
  async request({ method, path, query, headers, payloadHash }, body) {
    await this.#gate;
    const url = this.#url;
    if (url === null) throw new Error("R2's storage has no buckets yet");
    this.#inFlight += 1;
    const done = once(() => this.#leave());
    const target = `${S3_PATH}${path}`;
    const signed = signedHeaders({ method, path: target, query, host: url.host, payloadHash, keys: this.#keys });
    return new Promise((resolve, reject) => {
      const outgoing = http.request({
        agent: body === null ? this.#agent : undefined,
        host: url.hostname,
        port: url.port,
        method,
        path: query === "" ? target : `${target}?${query}`,
        headers: { ...headers, ...signed },
      });
      outgoing.on("response", resolve);
      outgoing.on("error", reject);
      outgoing.on("close", done);
      if (body === null) outgoing.end();
      else body.pipe(outgoing);
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

/** @param {() => void} work */
function once(work) {
  let left = 1;
  return () => {
    if (left-- > 0) work();
  };
}
