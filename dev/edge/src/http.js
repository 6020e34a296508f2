/** Small helpers over Node's HTTP server. */
import { createHash, timingSafeEqual } from "node:crypto";
import http from "node:http";

import { ApiError } from "./errors.js";

const BODY_LIMIT = 100 * 1024 * 1024;

/**
 * @param {http.IncomingMessage} request
 * @returns {Promise<Buffer>}
 */
export async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new ApiError(413, 10027, `The request is larger than ${BODY_LIMIT} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Compares in a time that tells nothing about where the texts differ.
 * @param {string} a
 * @param {string} b
 */
export function sameText(a, b) {
  const digest = (/** @type {string} */ text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/**
 * @param {(request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>} listener
 */
export function createServer(listener) {
  const server = http.createServer({ keepAliveTimeout: 65_000, noDelay: true }, (request, response) => {
    listener(request, response).catch((error) => {
      console.error(`unexpected error at ${request.method} ${request.url}:`, error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain" }).end("The edge failed; see its log.\n");
    });
  });
  server.requestTimeout = 0;
  server.on("connection", (socket) => {
    const sockets = open.get(server) ?? new Set();
    open.set(server, sockets.add(socket));
    socket.once("close", () => sockets.delete(socket));
  });
  return server;
}
/** Node forgets sockets that became WebSockets; ending a server needs them too. @type {WeakMap<http.Server, Set<import("node:net").Socket>>} */
const open = new WeakMap();

/**
 * @param {http.Server} server
 * @param {string} host
 * @param {number} port
 * @returns {Promise<number>} the port it listens on
 */
export function listen(server, host, port) {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Error(`cannot listen on ${host}:${port}: ${error.message}`)));
    server.listen(port, host, () => resolve(/** @type {import("node:net").AddressInfo} */ (server.address()).port));
  });
}

/**
 * Ends a server; requests still open after `graceMs` are cut off.
 * @param {http.Server} server
 * @param {number} graceMs
 * @returns {Promise<void>}
 */
export function close(server, graceMs) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const socket of open.get(server) ?? []) socket.destroy();
    }, graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
