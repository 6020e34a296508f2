// Serves one deployment's files: small ones from the script itself, large ones from R2. No code of the app runs here.
import { brotliDecompressSync } from "node:zlib";

/**
 * @typedef {[path: string, type: number, size: number, digest: string, hashed: 0 | 1, module: number, brotli: 0 | 1]} Row
 * @typedef {{deployment: string, types: string[], files: Row[]}} Manifest
 * @typedef {ReturnType<typeof toFile>} File
 * @typedef {{ASSETS: R2Bucket}} Env
 * @typedef {{offset: number, length: number}} Range
 */

const INDEX = "/index.html";
const IMMUTABLE = "public, max-age=31536000, immutable";
const HAS_EXTENSION = /\.[A-Za-z0-9]{1,16}$/;
const SUBRESOURCES = new Set(["audio", "font", "image", "manifest", "script", "style", "track", "video", "worker"]);

/**
 * manifest.files: [path, type index, size, sha256, hashed (0|1), module index | -1 (in R2), brotli (0|1)]
 * size is that of the decoded file; sha256 is whole for files in R2 (it is their key), else its first half.
 * @param {Manifest} manifest
 * @param {ArrayBuffer[]} modules
 */
export function serve(manifest, modules) {
  const files = new Map(manifest.files.map((row) => [row[0], toFile(row, manifest.types)]));
  const common = {
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
    "x-overskill-deployment": manifest.deployment,
  };
  /** @type {Map<number, Uint8Array>} */
  const decoded = new Map();

  /** @param {File} file */
  const stored = (file) => new Uint8Array(modules[file.module] ?? new ArrayBuffer(0));

  /** @param {File} file */
  function identityBytes(file) {
    if (!file.brotli) return stored(file);
    const bytes = decoded.get(file.module) ?? brotliDecompressSync(stored(file));
    decoded.set(file.module, bytes);
    return bytes;
  }

  /** @type {(request: Request, env: Env, file: File) => Promise<Response>} */
  async function respond(request, env, file) {
    const headers = new Headers({ ...common, "content-type": file.type });
    headers.set("cache-control", file.hashed ? IMMUTABLE : "no-cache");
    if (file.brotli) headers.set("vary", "Accept-Encoding");
    const encoded = file.brotli && acceptsBrotli(clientEncodings(request));
    const etag = encoded ? `"${file.tag}-br"` : `"${file.tag}"`;
    headers.set("etag", etag);
    if (matchesAny(request.headers.get("if-none-match"), file.tag)) {
      headers.delete("content-type");
      return new Response(null, { status: 304, headers });
    }
    if (encoded) {
      headers.set("content-encoding", "br");
      return embedded(request, stored(file), headers, "manual");
    }
    headers.set("accept-ranges", "bytes");
    const range = requestedRange(request, etag, file.size);
    if (range === "unsatisfiable") {
      headers.set("content-range", `bytes */${file.size}`);
      headers.delete("content-type");
      return new Response(null, { status: 416, headers });
    }
    if (range) headers.set("content-range", `bytes ${range.offset}-${range.offset + range.length - 1}/${file.size}`);
    if (file.module < 0) return fromBucket(request, env, file, headers, range);
    const bytes = identityBytes(file);
    const part = range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
    return embedded(request, part, headers, "automatic", range ? 206 : 200);
  }

  // Type and validator come from the manifest, not from the object: they are right without asking R2.
  /**
   * @param {Request} request
   * @param {Env} env
   * @param {File} file
   * @param {Headers} headers
   * @param {Range | null} range
   */
  async function fromBucket(request, env, file, headers, range) {
    const length = range ? range.length : file.size;
    const status = range ? 206 : 200;
    headers.set("content-length", String(length));
    if (request.method === "HEAD") return new Response(null, { status, headers });
    let object = null;
    try {
      object = await env.ASSETS.get(`a/${file.digest}`, range ? { range } : {});
    } catch (error) {
      console.error(`R2 failed for ${file.path}: ${error}`);
      return plain(502, "This file's storage did not answer. Try again.\n", { "retry-after": "2" });
    }
    if (!object) return plain(502, "This file is missing from storage. Deploy the app again.\n");
    return new Response(object.body, { status, headers });
  }

  /** @type {(status: number, text: string, extra?: Record<string, string>) => Response} */
  function plain(status, text, extra = {}) {
    const headers = { ...common, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...extra };
    return new Response(text, { status, headers });
  }

  /** @type {(request: Request, env: Env) => Promise<Response>} */
  async function answer(request, env) {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plain(405, "This app answers GET and HEAD.\n", { allow: "GET, HEAD" });
    }
    const url = new URL(request.url);
    const path = decodePath(url.pathname);
    if (path === null) return plain(400, "The path is not valid percent-encoded UTF-8.\n");
    const file = files.get(path.endsWith("/") ? `${path}index.html` : path);
    if (file) return respond(request, env, file);
    if (files.has(`${path}/index.html`)) {
      return new Response(null, { status: 307, headers: { ...common, location: `${url.pathname}/${url.search}` } });
    }
    const index = files.get(INDEX);
    if (index && isRoute(request, path)) return respond(request, env, index);
    return plain(404, "Not found\n");
  }

  return {
    /**
     * @param {Request} request
     * @param {Env} env
     */
    async fetch(request, env) {
      const response = await answer(request, env);
      if (request.method !== "HEAD" || response.body === null) return response;
      return new Response(null, response);
    },
  };
}

/**
 * @param {Request} request
 * @param {Uint8Array} bytes
 * @param {Headers} headers
 * @param {"automatic" | "manual"} encodeBody
 */
function embedded(request, bytes, headers, encodeBody, status = 200) {
  headers.set("content-length", String(bytes.byteLength));
  return new Response(request.method === "HEAD" ? null : bytes, { status, headers, encodeBody });
}

/**
 * @param {Row} row
 * @param {string[]} types
 */
function toFile([path, type, size, digest, hashed, module, brotli], types) {
  return { path, type: types[type] ?? "application/octet-stream", size, digest, tag: digest.slice(0, 32), hashed, module, brotli };
}

/** @param {string} path */
function decodePath(path) {
  try {
    const decoded = decodeURIComponent(path);
    return decoded.includes("\0") ? null : decoded;
  } catch {
    return null;
  }
}

/**
 * Whether a path no file has is a route of the app's own router, and not a missing file.
 * @param {Request} request
 * @param {string} path
 */
function isRoute(request, path) {
  if (path.startsWith("/assets/")) return false;
  if (SUBRESOURCES.has(request.headers.get("sec-fetch-dest") ?? "")) return false;
  const accept = request.headers.get("accept") ?? "*/*";
  if (request.headers.get("sec-fetch-mode") === "navigate" || accept.includes("text/html")) return true;
  return accept.includes("*/*") && !HAS_EXTENSION.test(path);
}

/**
 * Cloudflare rewrites Accept-Encoding on the way in and keeps what the client sent in `cf`.
 * @param {Request} request
 */
function clientEncodings(request) {
  const { clientAcceptEncoding } = /** @type {Partial<IncomingRequestCfProperties>} */ (request.cf ?? {});
  return clientAcceptEncoding ?? request.headers.get("accept-encoding");
}

/**
 * RFC 9110, 12.5.3: an exact `br` decides, else `*`; q=0 refuses. Identity is always acceptable to us.
 * @param {string | null} header
 */
function acceptsBrotli(header) {
  const weights = new Map();
  for (const item of (header ?? "").split(",")) {
    const [coding, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    if (coding) weights.set(coding, Number.isNaN(weight) ? 0 : weight);
  }
  const brotli = weights.get("br") ?? weights.get("*") ?? 0;
  return brotli > 0 && brotli >= (weights.get("identity") ?? 0);
}

/**
 * If-None-Match compares weakly; both encodings of a file are the same to it.
 * @param {string | null} header
 * @param {string} tag
 */
function matchesAny(header, tag) {
  if (header === null) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((item) => {
    const value = item.trim().replace(/^W\//, "");
    return value === `"${tag}"` || value === `"${tag}-br"`;
  });
}

/**
 * One byte range, "unsatisfiable", or null when the whole file is to be sent (as for several ranges).
 * @param {Request} request
 * @param {string} etag
 * @param {number} size
 * @returns {Range | "unsatisfiable" | null}
 */
function requestedRange(request, etag, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec((request.headers.get("range") ?? "").trim());
  if (request.method !== "GET" || !match || (match[1] === "" && match[2] === "")) return null;
  const condition = request.headers.get("if-range");
  if (condition !== null && condition.trim() !== etag) return null;
  const [first, last] = [toNumber(match[1]), toNumber(match[2])];
  if (first === null) {
    if (last === 0 || size === 0) return "unsatisfiable";
    const length = Math.min(last ?? 0, size);
    return { offset: size - length, length };
  }
  if (last !== null && last < first) return null;
  if (first >= size) return "unsatisfiable";
  return { offset: first, length: Math.min(last ?? size - 1, size - 1) - first + 1 };
}

/** @param {string | undefined} digits */
function toNumber(digits) {
  return digits ? Number(digits) : null;
}
