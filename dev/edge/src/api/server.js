/** The Cloudflare API's server: authentication, routing and the envelope around every answer. */
import { randomBytes } from "node:crypto";

import { ApiError } from "../errors.js";
import { createServer, readBody, sameText } from "../http.js";

/**
 * @typedef {object} Context
 * @property {Record<string, string>} params
 * @property {URL} url
 * @property {import("node:http").IncomingMessage} request
 * @property {() => Promise<Buffer>} body
 * @property {() => Promise<Record<string, any>>} json
 *
 * @typedef {(context: Context) => unknown} Handler a plain result, or a Reply
 * @typedef {[method: string, path: string, handler: Handler]} Route
 */

export const PREFIX = "/client/v4";

/** An answer that says more than its result. */
export class Reply {
  /**
   * @param {unknown} result
   * @param {{status?: number, info?: object, headers?: Record<string, string>, raw?: Buffer}} [more]
   */
  constructor(result, { status = 200, info, headers = {}, raw } = {}) {
    Object.assign(this, { result, status, info, headers, raw });
  }
}

/**
 * @param {{routes: Route[], accountId: string, apiToken: string, rateLimit: import("../ratelimit.js").RateLimit | null,
 *   control: import("../control.js").Control | null}} given
 */
export function createApiServer({ routes, accountId, apiToken, rateLimit, control }) {
  const table = routes.map(([method, path, handler]) => ({ method, handler, pattern: pattern(path) }));
  return createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://edge");
    const answer = async (/** @type {Buffer | undefined} */ body = undefined) => {
      try {
        return enveloped(await dispatch(request, url, body));
      } catch (error) {
        return failed(error);
      }
    };
    if (control !== null && (await control.handle(request, response, url, answer))) return;
    const answered = await answer();
    send(response, { ...answered, headers: { ...answered.headers, ...rateLimit?.headers() } });
  });

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {URL} url
   * @param {Buffer} [body] when it has been read already
   */
  async function dispatch(request, url, body) {
    const path = decodedPath(url);
    if (!path.startsWith(`${PREFIX}/`)) throw noRoute(path);
    authenticate(request.headers.authorization, apiToken);
    const account = /^\/accounts\/([^/]+)/.exec(path.slice(PREFIX.length))?.[1];
    if (account !== undefined && account !== accountId) throw new ApiError(403, 10000, "Authentication error");
    rateLimit?.count();
    for (const { method, handler, pattern: expression } of table) {
      const match = method === request.method ? expression.exec(path.slice(PREFIX.length)) : null;
      if (match) return handler(context(request, url, match.groups ?? {}, body));
    }
    throw noRoute(path);
  }
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {URL} url
 * @param {Record<string, string>} params
 * @param {Buffer} [known]
 * @returns {Context}
 */
function context(request, url, params, known) {
  const body = async () => known ?? (await readBody(request));
  const json = async () => {
    const text = (await body()).toString();
    try {
      const value = JSON.parse(text);
      if (value !== null && typeof value === "object") return value;
    } catch {
      // told below
    }
    throw new ApiError(400, 10026, "The request body must be a JSON object.");
  };
  return { params, url, request, body, json };
}

/**
 * @param {string | undefined} header
 * @param {string} apiToken
 */
function authenticate(header, apiToken) {
  const token = /^Bearer (.+)$/.exec(header ?? "")?.[1];
  if (token === undefined || !sameText(token, apiToken)) throw new ApiError(401, 10000, "Authentication error");
}

/** @param {string} path */
function pattern(path) {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`);
}

/** @param {URL} url */
function decodedPath(url) {
  try {
    return decodeURIComponent(url.pathname);
  } catch {
    throw noRoute(url.pathname);
  }
}

/** @param {string} path */
function noRoute(path) {
  return new ApiError(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);
}

/**
 * @typedef {{status: number, headers: Record<string, string>, body: Buffer | string}} Answer
 */

/**
 * @param {unknown} value
 * @returns {Answer}
 */
function enveloped(value) {
  const { result, status, info, headers, raw } = /** @type {any} */ (value instanceof Reply ? value : new Reply(value));
  if (raw !== undefined) return { status, headers, body: raw };
  const envelope = { success: true, errors: [], messages: [], result: result ?? null, ...(info && { result_info: info }) };
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(envelope) };
}

/**
 * @param {unknown} error
 * @returns {Answer}
 */
function failed(error) {
  if (!(error instanceof ApiError)) console.error("unexpected error in the API:", error);
  const { status, code, message, headers } =
    error instanceof ApiError ? error : new ApiError(500, 10013, "An unknown error has occurred; see the edge's log.");
  const envelope = { success: false, errors: [{ code, message }], messages: [], result: null };
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(envelope) };
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {Answer} answer
 */
export function send(response, { status, headers, body }) {
  response.writeHead(status, {
    ...headers,
    "content-length": Buffer.byteLength(body),
    "cf-ray": `${randomBytes(8).toString("hex")}-LOC`,
  });
  response.end(body);
}
