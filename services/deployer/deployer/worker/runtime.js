// Serves one deployment's files: small ones from the script itself, large ones from R2. No code of the app runs here.
import { brotliDecompressSync } from "node:zlib";

/**
 * @typedef {[path: string, type: number, size: number, digest: string, hashed: 0 | 1, module: number, brotli: 0 | 1, folder?: 1]} Row
 * @typedef {{types: string[], files: Row[]}} Listing
 * @typedef {{deployment: string, headers: Record<string, string>, listed: string | null} & Listing} Manifest
 * @typedef {ReturnType<typeof toFile>} File
 * @typedef {Map<string, File>} Files
 * @typedef {{ASSETS: R2Bucket, APP_ID: string, ENVIRONMENT: string}} Env
 * @typedef {{offset: number, length: number}} Range
 */

const INDEX = "/index.html";
/** What an app that is built as pages has beside them, for addresses without one; OPEN only if its code may know it. */
const MISSING = "/404.html";
const OPEN = "/200.html";
/** Where an app is found; its previews are copies that search engines shall leave alone. */
const LIVE = "production";
const IMMUTABLE = "public, max-age=31536000, immutable";
/** A Worker has 128 MB: so much of it for what was unpacked before and may be asked for again. */
const UNPACKED_BYTES = 16 * 1024 * 1024;
/** What tells somebody who goes to a route from code that asks for data under the same path. */
const ROUTE_VARIES = "Accept, Sec-Fetch-Dest, Sec-Fetch-Mode";
/** How the entity tags of a file's encodings end. */
const SUFFIX = { br: "-br", gzip: "-gz", identity: "" };
const ASSETS = "/assets/";
const SUBRESOURCES = new Set(["audio", "font", "image", "manifest", "script", "style", "track", "video", "worker"]);

/**
 * manifest.files: [path, type index, size, sha256, hashed (0|1), module index | -1 (in R2), brotli (0|1), folder (1)?]
 * size is that of the decoded file; sha256 is whole for files in R2 (it is their key), else its first half.
 * manifest.listed: the sha256 of an object in R2 that has the rows of the other files, when they are many.
 * @param {Manifest} manifest
 * @param {ArrayBuffer[]} modules
 */
export function serve(manifest, modules) {
  const paths = directory(manifest);
  const { "strict-transport-security": onlyHttps, ...always } = manifest.headers;
  const common = { ...always, "x-content-type-options": "nosniff", "x-overskill-deployment": manifest.deployment };
  /** @type {Map<number, Uint8Array>} by module, those asked for last at the end */
  const unpacked = new Map();
  let unpackedBytes = 0;

  /** @param {File} file */
  const stored = (file) => new Uint8Array(modules[file.module] ?? new ArrayBuffer(0));

  /** @type {(file: File) => Uint8Array} */
  function identityBytes(file) {
    if (!file.brotli) return stored(file);
    const known = unpacked.get(file.module);
    const bytes = known ?? brotliDecompressSync(stored(file));
    unpacked.delete(file.module);
    unpacked.set(file.module, bytes);
    if (!known) unpackedBytes += bytes.byteLength;
    for (const [module, { byteLength }] of unpacked) {
      if (unpackedBytes <= UNPACKED_BYTES) break;
      unpacked.delete(module);
      unpackedBytes -= byteLength;
    }
    return bytes;
  }

  /** @type {(request: Request, env: Env, file: File, status?: number) => Promise<Response>} */
  async function respond(request, env, file, status = 200) {
    const encoding = file.brotli ? preferredEncoding(clientEncodings(request)) : "identity";
    const etag = `"${file.tag}${SUFFIX[encoding]}"`;
    const precondition = preconditionStatus(request.headers, etag);
    if (precondition === 412) return plain(412, "The file has changed.\n", { etag });
    const headers = new Headers({ ...common, etag, "cache-control": file.hashed ? IMMUTABLE : "no-cache" });
    if (file.brotli) headers.set("vary", "Accept-Encoding");
    if (precondition === 304) return new Response(null, { status: 304, headers });
    headers.set("content-type", file.type);
    if (encoding !== "identity") return encoded(request, file, headers, encoding, status);
    headers.set("accept-ranges", "bytes");
    const range = status === 200 ? requestedRange(request, etag, file.size) : null;
    if (range === "unsatisfiable") return plain(416, "The file has no such range.\n", { "content-range": `bytes */${file.size}` });
    if (range) headers.set("content-range", `bytes ${range.offset}-${range.offset + range.length - 1}/${file.size}`);
    if (file.module < 0) return fromBucket(request, env, file, headers, range);
    const bytes = identityBytes(file);
    const part = range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
    return embedded(request, part, headers, "automatic", range ? 206 : status);
  }

  /** @type {(request: Request, file: File, headers: Headers, encoding: "br" | "gzip", status: number) => Response} */
  function encoded(request, file, headers, encoding, status) {
    headers.set("content-encoding", encoding);
    if (encoding === "br") return embedded(request, stored(file), headers, "manual", status);
    // The Workers runtime packs it on the way; how long it gets is not known before.
    return new Response(request.method === "HEAD" ? null : identityBytes(file), { status, headers, encodeBody: "automatic" });
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
    const key = `a/${file.digest}`;
    /** @type {{body: ReadableStream | null} | null} */
    let object = null;
    try {
      if (request.method === "HEAD") object = (await env.ASSETS.head(key)) && { body: null };
      else object = await env.ASSETS.get(key, range ? { range } : {});
    } catch (error) {
      return unavailable(file.path, error);
    }
    if (!object && !paths.isOwn(file)) return plain(404, "Not found\n");
    if (!object) return plain(502, "This file is missing from storage. Deploy the app again.\n");
    return new Response(object.body, { status, headers });
  }

  /** @type {(status: number, text: string, extra?: Record<string, string>) => Response} */
  function plain(status, text, extra = {}) {
    const headers = new Headers({ ...common, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...extra });
    headers.set("content-length", String(text.length));
    return new Response(text, { status, headers });
  }

  /** @type {(path: string, error: unknown) => Response} */
  function unavailable(path, error) {
    console.error(`R2 failed for ${path}: ${error}`);
    return plain(502, "This file's storage did not answer. Try again.\n", { "retry-after": "2" });
  }

  /** @type {(url: URL) => Response} */
  function toFolder(url) {
    const headers = { ...common, location: `${url.pathname}/${url.search}`, "content-length": "0" };
    return new Response(null, { status: 307, headers });
  }

  /** @type {(request: Request, env: Env) => Promise<Response>} */
  async function answer(request, env) {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plain(405, "This app answers GET and HEAD.\n", { allow: "GET, HEAD" });
    }
    const url = new URL(request.url);
    const path = decodePath(url.pathname);
    if (path === null) return plain(400, "The path is not valid percent-encoded UTF-8.\n");
    let file;
    try {
      file = await paths.find(env, path.endsWith("/") ? `${path}index.html` : path);
      const page = file ? undefined : await paths.find(env, `${path}/index.html`);
      if (page && (page.folder || !paths.missing)) return toFolder(url);
      file ??= page;
    } catch (error) {
      return unavailable(path, error);
    }
    if (file) return respond(request, env, file);
    const { fallback, missing } = paths;
    if (!fallback || !isRoute(request, path)) return plain(404, "Not found\n");
    const page = await respond(request, env, fallback, fallback === missing ? 404 : 200);
    page.headers.append("vary", ROUTE_VARIES);
    return page;
  }

  return {
    /**
     * @param {Request} request
     * @param {Env} env
     */
    async fetch(request, env) {
      const response = await answer(request, env);
      if (env.ENVIRONMENT !== LIVE) response.headers.set("x-robots-tag", "noindex");
      if (onlyHttps && isOwnDomain(new URL(request.url))) response.headers.set("strict-transport-security", onlyHttps);
      if (request.method !== "HEAD" || response.body === null) return response;
      return new Response(null, response);
    },
  };
}

/**
 * Which file a path means. Some are listed in R2; `find` throws when that has to be asked and does not answer.
 * @param {Manifest} manifest
 */
function directory(manifest) {
  const own = toFiles(manifest);
  const missing = own.get(MISSING);
  // Values and no promises: what one request waits for cannot be waited for by another.
  /** @type {Files | undefined} */
  let listed;
  /** @type {{etag: string, files: Files}} */
  let recent = { etag: "", files: new Map() };

  /** @type {(env: Env, path: string) => Promise<File | undefined>} */
  async function findListed(env, path) {
    if (!listed) {
      const object = await env.ASSETS.get(`a/${manifest.listed}`);
      if (!object) throw new Error("the listing of the app's files is missing");
      listed = toFiles(await object.json());
    }
    return listed.get(path);
  }

  /**
   * A file with a hash in its name that another version has: pages that were loaded before a deployment, or
   * from another place in the midst of one, ask for it.
   * @type {(env: Env, path: string) => Promise<File | undefined>}
   */
  async function findRecent(env, path) {
    if (!recent.files.has(path)) {
      const onlyIf = { etagDoesNotMatch: recent.etag };
      const object = await env.ASSETS.get(`recent/${env.APP_ID}/${env.ENVIRONMENT}.json`, { onlyIf });
      if (object && "body" in object) recent = { etag: object.etag, files: toFiles(await object.json()) };
    }
    return recent.files.get(path);
  }

  return {
    missing,
    fallback: own.get(OPEN) ?? missing ?? own.get(INDEX),
    /** @type {(file: File) => boolean} */
    isOwn: (file) => recent.files.get(file.path) !== file,
    /** @type {(env: Env, path: string) => Promise<File | undefined>} */
    async find(env, path) {
      const file = own.get(path) ?? (manifest.listed ? await findListed(env, path) : undefined);
      return file ?? (path.startsWith(ASSETS) ? findRecent(env, path) : undefined);
    },
  };
}

/**
 * Whether the app is reached safely by a name of its owner's: of workers.dev, and of this machine, others decide.
 * @param {URL} url
 */
function isOwnDomain({ protocol, hostname }) {
  return protocol === "https:" && !hostname.endsWith(".workers.dev");
}

/**
 * @param {Request} request
 * @param {Uint8Array} bytes
 * @param {Headers} headers
 * @param {"automatic" | "manual"} encodeBody
 * @param {number} status
 */
function embedded(request, bytes, headers, encodeBody, status) {
  headers.set("content-length", String(bytes.byteLength));
  return new Response(request.method === "HEAD" ? null : bytes, { status, headers, encodeBody });
}

/** @type {(listing: Listing) => Files} */
function toFiles({ types, files }) {
  return new Map(files.map((row) => [row[0], toFile(row, types)]));
}

/**
 * @param {Row} row
 * @param {string[]} types
 */
function toFile([path, type, size, digest, hashed, module, brotli, folder], types) {
  return { path, type: types[type] ?? "application/octet-stream", size, digest, tag: digest.slice(0, 32), hashed, module, brotli, folder };
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
 * Whether a path no file has is a route of the app's own router: somebody goes there, or asks for a page. What
 * takes anything is code that asks for data, and has to be told that there is none.
 * @param {Request} request
 * @param {string} path
 */
function isRoute({ headers }, path) {
  if (path.startsWith(ASSETS) || SUBRESOURCES.has(headers.get("sec-fetch-dest") ?? "")) return false;
  return headers.get("sec-fetch-mode") === "navigate" || (weights(headers.get("accept")).get("text/html") ?? 0) > 0;
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
 * RFC 9110, 12.5.3: what weighs most, brotli before gzip; `*` stands for those not named. Not to encode is
 * always acceptable to us.
 * @param {string | null} header
 * @returns {"br" | "gzip" | "identity"}
 */
function preferredEncoding(header) {
  const accepted = weights(header);
  const others = accepted.get("*") ?? 0;
  const [br, gzip, identity] = [accepted.get("br") ?? others, accepted.get("gzip") ?? others, accepted.get("identity") ?? 0];
  const most = Math.max(br, gzip);
  if (most === 0 || identity > most) return "identity";
  return br === most ? "br" : "gzip";
}

/**
 * The items of an Accept header with their weights; one without is 1, one that is no number 0.
 * @param {string | null} header
 * @returns {Map<string, number>}
 */
function weights(header) {
  const found = new Map();
  for (const item of (header ?? "").split(",")) {
    const [name, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    if (name) found.set(name, Number.isNaN(weight) ? 0 : weight);
  }
  return found;
}

/**
 * RFC 9110, 13.2.2. Files have no modification date, so conditions on dates are ignored, as it demands.
 * @param {Headers} headers
 * @param {string} etag of what would be sent
 * @returns {412 | 304 | null}
 */
function preconditionStatus(headers, etag) {
  const [match, noneMatch] = [headers.get("if-match"), headers.get("if-none-match")];
  if (match !== null && match.trim() !== "*" && !entityTags(match).includes(etag)) return 412;
  if (noneMatch === null) return null;
  return noneMatch.trim() === "*" || entityTags(noneMatch).some((tag) => tag.replace(/^W\//, "") === etag) ? 304 : null;
}

/** @type {(header: string) => string[]} */
function entityTags(header) {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
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
