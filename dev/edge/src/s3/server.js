/** R2's S3 API, path-style: checks the signature, answers for buckets, hands objects to the storage. */
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip } from "node:zlib";

import { ApiError } from "../errors.js";
import { createServer, readBody } from "../http.js";
import { compare, comparing, promisedChecksums } from "./checksums.js";
import { SignatureError, verify } from "./sigv4.js";

/**
 * @typedef {import("node:http").IncomingMessage} Request
 * @typedef {import("node:http").ServerResponse} Response
 * @typedef {import("../account.js").Account} Account
 * @typedef {{status: number, code: string, message: string}} Problem
 */

const NOT_FORWARDED = new Set([
  "accept-encoding", "authorization", "connection", "expect", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
]);
const HOP_BY_HOP = new Set(["connection", "keep-alive", "access-control-allow-origin", "access-control-expose-headers"]);
const PRESIGNED = /(^|&)X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature)=[^&]*/g;
/**
 * Miniflare's S3 API compresses what was stored with a content encoding once more; this takes it off again.
 * @type {Record<string, () => import("node:stream").Transform>}
 */
const DECODERS = { br: createBrotliDecompress, gzip: createGunzip };
const SMALL = 8 * 1024 * 1024;
/** Cloudflare's codes for buckets to S3's. @type {Record<number, string>} */
const CODES = { 10004: "BucketAlreadyOwnedByYou", 10005: "InvalidBucketName", 10006: "NoSuchBucket", 10008: "BucketNotEmpty" };

/**
 * @param {{account: Account, storage: import("../storage.js").Storage, keys: import("./sigv4.js").Keys}} given
 */
export function createS3Server({ account, storage, keys }) {
  return createServer(async (request, response) => {
    const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
    const method = request.method ?? "GET";
    try {
      const { payloadHash } = verify({ method, path, query, headers: request.headers }, keys);
      if (payloadHash.startsWith("STREAMING-")) {
        throw problem(501, "NotImplemented", `aws-chunked bodies (${payloadHash}) are not supported; set request_checksum_calculation=when_required.`);
      }
      const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
      if (bucket === "") return listBuckets(response, account);
      if (key === "" && (await answeredForBucket(request, response, { account, bucket, query }))) return undefined;
      account.getBucket(bucket);
      await forward(request, response, { storage, path: key === "" ? `/${bucket}` : path, query, payloadHash });
    } catch (error) {
      await refuse(request, response, error);
    }
    return undefined;
  });
}

/**
 * Creating, finding and deleting a bucket; everything else about buckets is the storage's.
 * @param {Request} request
 * @param {Response} response
 * @param {{account: Account, bucket: string, query: string}} given
 * @returns {Promise<boolean>}
 */
async function answeredForBucket({ method }, response, { account, bucket, query }) {
  if (query.replaceAll(PRESIGNED, "") !== "") return false;
  if (method === "PUT") await account.createBucket(bucket);
  else if (method === "HEAD") account.getBucket(bucket);
  else if (method === "DELETE") await account.removeBucket(bucket);
  else return false;
  response.writeHead(method === "DELETE" ? 204 : 200, { location: `/${bucket}` }).end();
  return true;
}

/**
 * @param {Response} response
 * @param {Account} account
 */
function listBuckets(response, account) {
  const buckets = account.buckets.map(
    ({ name, creation_date: date }) => `<Bucket><Name>${name}</Name><CreationDate>${date}</CreationDate></Bucket>`,
  );
  const body =
    `<?xml version="1.0" encoding="UTF-8"?><ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
    `<Buckets>${buckets.join("")}</Buckets></ListAllMyBucketsResult>`;
  response.writeHead(200, { "content-type": "application/xml" }).end(body);
}

/**
 * @param {Request} request
 * @param {Response} response
 * @param {{storage: import("../storage.js").Storage, path: string, query: string, payloadHash: string}} given
 */
async function forward(request, response, { storage, path, query, payloadHash }) {
  if (path.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment))) {
    throw problem(400, "InvalidURI", "Keys with the segments . or .. cannot be addressed.");
  }
  if (request.headers["transfer-encoding"] !== undefined) {
    throw problem(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
  }
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !NOT_FORWARDED.has(name)));
  const cleanQuery = query.replaceAll(PRESIGNED, "").replace(/^&/, "");
  const asked = { method: request.method ?? "GET", path, query: cleanQuery, headers, payloadHash };
  const answer = await send(request, storage, asked);
  const answerHeaders = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  response.writeHead(answer.statusCode ?? 502, Object.fromEntries(answerHeaders));
  const decode = request.method === "GET" ? DECODERS[answer.headers["content-encoding"] ?? ""] : undefined;
  const pipes = decode === undefined ? pipeline(answer, response) : pipeline(answer, decode(), response);
  await pipes.catch(() => response.destroy());
}

/**
 * Whether checksums in the headers are those of the body; those of a completed upload are of its parts.
 * @param {{method: string, query: string}} asked
 */
function describesBody({ method, query }) {
  return method === "PUT" || query === "delete";
}

/**
 * A small body is checked here and sent in one piece, which is the fast way; a large one streams through,
 * and the storage checks its SHA-256.
 * @param {Request} request
 * @param {import("../storage.js").Storage} storage
 * @param {Parameters<import("../storage.js").Storage["request"]>[0]} asked
 */
async function send(request, storage, asked) {
  const checks = describesBody(asked) ? promisedChecksums(request.headers) : [];
  const length = Number(request.headers["content-length"] ?? 0);
  if (length > SMALL) {
    const checked = comparing(checks);
    pipeline(request, checked).catch(() => undefined); // which fails the storage's request
    return storage.request(asked, checked).catch((error) => Promise.reject(checked.errored ?? error));
  }
  const body = await readBody(request);
  compare(checks, body);
  if (/^[0-9a-f]{64}$/.test(asked.payloadHash) && createHash("sha256").update(body).digest("hex") !== asked.payloadHash) {
    throw problem(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return storage.request({ ...asked, payloadHash: "UNSIGNED-PAYLOAD" }, body);
}

/**
 * @param {number} status
 * @param {string} code
 * @param {string} message
 */
function problem(status, code, message) {
  return new SignatureError(status, code, message);
}

/**
 * @param {Request} request
 * @param {Response} response
 * @param {unknown} error
 */
async function refuse(request, response, error) {
  const { status, code, message } = asProblem(error);
  if (response.headersSent) return response.destroy();
  request.resume();
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml", "content-length": Buffer.byteLength(body) });
  return response.end(request.method === "HEAD" ? undefined : body);
}

/**
 * @param {any} error
 * @returns {Problem}
 */
function asProblem(error) {
  if (error instanceof SignatureError) return error;
  if (error instanceof ApiError && CODES[error.code] !== undefined) {
    return { status: error.status, code: /** @type {string} */ (CODES[error.code]), message: error.message };
  }
  console.error("unexpected error in the S3 API:", error);
  return { status: 500, code: "InternalError", message: "The local R2 failed; see the edge's log." };
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
