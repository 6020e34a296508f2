/** The apps' front door: finds the script by host name and streams requests to its live version. */
import { randomBytes } from "node:crypto";
import http from "node:http";
import { pipeline } from "node:stream";
import { createBrotliDecompress, createGunzip } from "node:zlib";

import { createServer } from "./http.js";
import { page } from "./pages.js";
import { Replaced } from "./pool.js";

/**
 * @typedef {http.IncomingMessage} Request
 * @typedef {http.ServerResponse} Response
 * @typedef {import("./pool.js").Lease} Lease
 */

/** Workers see what Cloudflare's edge accepts, whatever the client does; the edge undoes it for the client. */
const WORKER_ACCEPTS = "gzip, br";
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "upgrade"]);
const RESERVED = /^(cf-|mf-|x-forwarded-|x-real-ip$|accept-encoding$)/;
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Below the 5 s after which workerd closes an idle connection. */
const IDLE_MS = 4000;
/** @type {Record<string, () => import("node:stream").Transform>} */
const DECODERS = { br: createBrotliDecompress, gzip: createGunzip };

/**
 * @typedef {{scripts: import("./scripts.js").Scripts, pool: import("./pool.js").Pool}} Apps
 */

/** @param {Apps} apps */
export function createProxy(apps) {
  const agent = new http.Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 32 });
  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const lease = await leaseFor(apps, request, response, gone.signal);
    if (lease === null) return;
    response.once("close", lease.release);
    if (response.destroyed) lease.release();
    else exchange(request, response, lease.instance.url, REPEATABLE.has(request.method ?? "") ? agent : false);
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    upgrade(apps, request, /** @type {import("node:net").Socket} */ (socket), head).catch(() => socket.destroy());
  });
  server.on("close", () => agent.destroy());
  return server;
}

/**
 * Waits while the app starts and, when all places are taken, before: as long as the client does.
 * @param {Apps} apps
 * @param {Request} request
 * @param {Response | null} response where refusals go
 * @param {AbortSignal} gone the client has left
 * @returns {Promise<Lease | null>}
 */
async function leaseFor(apps, request, response, gone) {
  const { scripts, pool } = apps;
  const name = scriptName(request.headers.host);
  const script = name === null ? undefined : scripts.find(name);
  const version = script?.subdomain.enabled ? scripts.route(script, Math.random()) : undefined;
  if (script === undefined || version === undefined) {
    if (response !== null) page(request, response, 404, missing(name));
    return null;
  }
  try {
    return await pool.lease(script.name, version, gone);
  } catch (error) {
    if (gone.aborted) return null;
    if (error instanceof Replaced) return leaseFor(apps, request, response, gone);
    console.error(`[${script.name}] version ${version.id} did not start:`, error);
    if (response !== null) page(request, response, 500, `${script.name} did not start: ${/** @type {Error} */ (error).message}`);
    return null;
  }
}

/**
 * Bytes both ways, once the Worker has accepted the WebSocket.
 * @param {Apps} apps
 * @param {Request} request
 * @param {import("node:net").Socket} socket
 * @param {Buffer} head
 */
async function upgrade(apps, request, socket, head) {
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  const lease = await leaseFor(apps, request, null, gone.signal);
  if (lease === null) return void socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  socket.once("close", lease.release);
  if (socket.destroyed) return lease.release();
  const headers = [...forwarded(request), "connection", "Upgrade", "upgrade", request.headers.upgrade ?? "websocket"];
  const outgoing = http.request({ ...target(request, lease.instance.url, headers), agent: false });
  outgoing.on("error", () => socket.destroy());
  outgoing.on("upgrade", (answer, upstream, upstreamHead) => {
    socket.write(rawHead(answer));
    socket.write(upstreamHead);
    upstream.write(head);
    pipeline(socket, upstream, socket, () => undefined);
  });
  outgoing.on("response", (answer) => {
    socket.write(rawHead(answer));
    pipeline(answer, socket, () => undefined);
  });
  outgoing.end();
}

/**
 * One request and its answer. A kept connection may close under a request that has just been sent, which is
 * then sent again on a new one; what must not be sent twice gets a connection of its own from the start.
 * @param {Request} request
 * @param {Response} response
 * @param {URL} url
 * @param {http.Agent | false} agent
 */
function exchange(request, response, url, agent) {
  const hasBody = request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
  const outgoing = http.request({ ...target(request, url, forwarded(request)), agent: hasBody ? false : agent });
  const cancel = () => outgoing.destroy();
  response.once("close", cancel);
  outgoing.on("response", (answer) => deliver(request, response, answer));
  outgoing.on("error", (error) => {
    response.off("close", cancel);
    if (response.destroyed) return;
    if (response.headersSent) response.destroy();
    else if (outgoing.reusedSocket) exchange(request, response, url, false);
    else page(request, response, 502, `The Worker broke the connection: ${error.message}`);
  });
  if (!hasBody) return void outgoing.end();
  outgoing.flushHeaders();
  pipeline(request, outgoing, () => undefined);
}

/**
 * @param {Request} request
 * @param {Response} response
 * @param {Request} answer
 */
function deliver(request, response, answer) {
  const encoding = answer.headers["content-encoding"] ?? "";
  const decode = accepts(request.headers["accept-encoding"], encoding) ? undefined : DECODERS[encoding];
  const headers = decode === undefined ? kept(answer.rawHeaders) : decodedHeaders(answer.rawHeaders);
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", headers);
  setImmediate(() => response.flushHeaders()); // a body that comes later must not hold the head back
  if (request.method === "HEAD") {
    answer.resume();
    response.end();
  } else if (decode === undefined) pipeline(answer, response, () => undefined);
  else pipeline(answer, decode(), response, () => undefined);
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {string[]} headers
 * @returns {http.RequestOptions}
 */
function target(request, url, headers) {
  return {
    host: url.hostname,
    port: url.port,
    method: request.method,
    path: request.url,
    setHost: false,
    headers: /** @type {any} */ (headers),
  };
}

/**
 * The client's headers with what Cloudflare adds; names the edge speaks with cannot come from outside.
 * @param {Request} request
 * @returns {string[]} names and values in turn
 */
function forwarded(request) {
  const address = request.socket.remoteAddress ?? "";
  const accepted = request.headers["accept-encoding"] ?? "";
  return [
    ...kept(request.rawHeaders, RESERVED),
    ...["accept-encoding", WORKER_ACCEPTS],
    ...["x-forwarded-proto", "http", "x-forwarded-host", request.headers.host ?? "", "x-forwarded-for", address],
    ...["x-real-ip", address, "cf-connecting-ip", address, "cf-visitor", '{"scheme":"http"}'],
    ...["cf-ray", `${randomBytes(8).toString("hex")}-LOC`],
    ...["mf-cf-blob", JSON.stringify({ colo: "LOC", country: "XX", httpProtocol: "HTTP/1.1", clientAcceptEncoding: accepted })],
  ];
}

/**
 * @param {string[]} raw names and values in turn
 * @param {RegExp} [reserved]
 */
function kept(raw, reserved) {
  const headers = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    if (!HOP_BY_HOP.has(name) && !reserved?.test(name)) headers.push(raw[index] ?? "", raw[index + 1] ?? "");
  }
  return headers;
}

/**
 * Headers of a body that the edge has decompressed: another length, and only weakly the same.
 * @param {string[]} raw
 */
function decodedHeaders(raw) {
  const headers = kept(raw, /^(content-encoding|content-length)$/);
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === "etag" && headers[index + 1]?.startsWith('"')) {
      headers[index + 1] = `W/${headers[index + 1]}`;
    }
  }
  return headers;
}

/**
 * @param {string | undefined} header
 * @param {string} encoding
 */
function accepts(header, encoding) {
  return (header ?? "").split(",").some((item) => {
    const [name = "", ...params] = item.split(";").map((part) => part.trim().toLowerCase());
    return (name === encoding || name === "*") && !params.some((param) => /^q=0(\.0*)?$/.test(param));
  });
}

/** @param {string | undefined} host */
function scriptName(host) {
  return /^([^.:]+)\.localhost(:\d+)?$/i.exec(host ?? "")?.[1]?.toLowerCase() ?? null;
}

/** @param {string | null} name */
function missing(name) {
  return name === null ? "Apps answer on <script>.localhost." : `There is no Worker "${name}" here.`;
}

/** @param {Request} answer */
function rawHead(answer) {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
