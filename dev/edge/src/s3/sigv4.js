/** AWS Signature Version 4 for S3: checking what clients signed, and signing for the storage behind us. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/**
 * @typedef {{accessKeyId: string, secretAccessKey: string}} Keys
 * @typedef {{date: string, region: string}} Scope
 */

const ALGORITHM = "AWS4-HMAC-SHA256";
const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;

export class SignatureError extends Error {
  /**
   * @param {number} status
   * @param {string} code S3's error code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Checks an `Authorization` header or a presigned URL against the one pair of keys.
 * @param {{method: string, path: string, query: string, headers: import("node:http").IncomingHttpHeaders}} request
 * @param {Keys} keys
 * @param {number} [now] milliseconds
 * @returns {{payloadHash: string}} what was signed of the body: its SHA-256 or a marker such as UNSIGNED-PAYLOAD
 * @throws {SignatureError}
 */
export function verify(request, keys, now = Date.now()) {
  const params = new Map(pairs(request.query));
  const claim = request.headers.authorization !== undefined ? fromHeader(request.headers) : fromQuery(params);
  const [accessKeyId, date, region, service, terminator] = claim.credential.split("/");
  if (accessKeyId === undefined || date === undefined || region === undefined || service !== "s3" || terminator !== "aws4_request") {
    throw new SignatureError(400, "AuthorizationHeaderMalformed", "The credential must be <key>/<date>/<region>/s3/aws4_request.");
  }
  checkTime(claim, date, now);
  if (accessKeyId !== keys.accessKeyId) throw new SignatureError(401, "Unauthorized", "The access key is not known.");
  if (!claim.signedHeaders.includes("host")) throw new SignatureError(403, "AccessDenied", "The host header must be signed.");
  const query = pairs(request.query).filter(([name]) => name !== "X-Amz-Signature");
  const expected = signature({
    method: request.method,
    path: request.path,
    query,
    headers: claim.signedHeaders.map((name) => [name, headerValue(request.headers[name])]),
    payloadHash: claim.payloadHash,
    timestamp: claim.timestamp,
    scope: { date, region },
    secret: keys.secretAccessKey,
  });
  if (!equal(expected, claim.signature)) {
    throw new SignatureError(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.",
    );
  }
  return { payloadHash: claim.payloadHash };
}

/**
 * The headers that sign a request to the storage.
 * @param {{method: string, path: string, query: string, host: string, payloadHash: string, keys: Keys}} request
 * @returns {Record<string, string>}
 */
export function signedHeaders({ method, path, query, host, payloadHash, keys }) {
  const timestamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const scope = { date: timestamp.slice(0, 8), region: "auto" };
  /** @type {[string, string][]} */
  const headers = [["host", host], ["x-amz-content-sha256", payloadHash], ["x-amz-date", timestamp]];
  const signed = signature({
    method, path, query: pairs(query), headers, payloadHash, timestamp, scope, secret: keys.secretAccessKey,
  });
  const names = headers.map(([name]) => name).join(";");
  const credential = `${keys.accessKeyId}/${scope.date}/${scope.region}/s3/aws4_request`;
  return {
    ...Object.fromEntries(headers),
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signed}`,
  };
}

/**
 * @typedef {{credential: string, signedHeaders: string[], signature: string, timestamp: string,
 *   payloadHash: string, expires: number | null}} Claim
 */

/**
 * @param {import("node:http").IncomingHttpHeaders} headers
 * @returns {Claim}
 */
function fromHeader(headers) {
  const [algorithm, ...rest] = (headers.authorization ?? "").split(" ");
  const fields = new Map(rest.join("").split(",").map((field) => split(field, "=")));
  return claim(algorithm, {
    credential: fields.get("Credential"),
    signedHeaders: fields.get("SignedHeaders"),
    signature: fields.get("Signature"),
    timestamp: headerValue(headers["x-amz-date"]),
    payloadHash: headerValue(headers["x-amz-content-sha256"]) || undefined,
    expires: null,
  });
}

/**
 * @param {Map<string, string>} params
 * @returns {Claim}
 */
function fromQuery(params) {
  if (!params.has("X-Amz-Signature")) throw new SignatureError(403, "AccessDenied", "The request is not signed.");
  return claim(params.get("X-Amz-Algorithm"), {
    credential: params.get("X-Amz-Credential"),
    signedHeaders: params.get("X-Amz-SignedHeaders"),
    signature: params.get("X-Amz-Signature"),
    timestamp: params.get("X-Amz-Date"),
    payloadHash: "UNSIGNED-PAYLOAD",
    expires: Number(params.get("X-Amz-Expires") ?? Number.NaN),
  });
}

/**
 * @param {string | undefined} algorithm
 * @param {Record<string, any>} fields
 * @returns {Claim}
 */
function claim(algorithm, fields) {
  const missing = Object.keys(fields).find((name) => fields[name] === undefined);
  if (algorithm !== ALGORITHM || missing !== undefined) {
    throw new SignatureError(400, "InvalidRequest", `The request must be signed with ${ALGORITHM}; ${missing ?? "algorithm"} is missing.`);
  }
  return /** @type {Claim} */ ({ ...fields, signedHeaders: fields.signedHeaders.toLowerCase().split(";") });
}

/**
 * @param {Claim} claimed
 * @param {string} date
 * @param {number} now
 */
function checkTime({ timestamp, expires }, date, now) {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp)?.slice(1).map(Number);
  if (parts === undefined || !timestamp.startsWith(date)) {
    throw new SignatureError(403, "AccessDenied", "The request's date is missing or does not fit its credential.");
  }
  const [year = 0, month = 1, ...rest] = parts;
  const age = now - Date.UTC(year, month - 1, ...rest);
  if (expires === null) {
    if (Math.abs(age) <= MAX_SKEW_MS) return;
    throw new SignatureError(403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.");
  }
  if (!(expires >= 1 && expires <= MAX_EXPIRES_SECONDS)) {
    throw new SignatureError(400, "AuthorizationQueryParametersError", "X-Amz-Expires must be between one second and a week.");
  }
  if (age > expires * 1000 || age < -MAX_SKEW_MS) throw new SignatureError(403, "ExpiredRequest", "Request has expired");
}

/**
 * @param {{method: string, path: string, query: [string, string][], headers: [string, string][],
 *   payloadHash: string, timestamp: string, scope: Scope, secret: string}} given
 */
function signature({ method, path, query, headers, payloadHash, timestamp, scope, secret }) {
  const canonicalQuery = query
    .map(([name, value]) => [encode(name), encode(value)])
    .sort(([a = "", x = ""], [b = "", y = ""]) => (a === b ? order(x, y) : order(a, b)))
    .map((pair) => pair.join("="))
    .join("&");
  const canonical = [
    method,
    path,
    canonicalQuery,
    ...headers.map(([name, value]) => `${name}:${value.trim().replaceAll(/ +/g, " ")}`),
    "",
    headers.map(([name]) => name).join(";"),
    payloadHash,
  ].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const toSign = [ALGORITHM, timestamp, `${scope.date}/${scope.region}/s3/aws4_request`, digest].join("\n");
  return hmac(signingKey(secret, scope), toSign).toString("hex");
}

/**
 * @param {string} secret
 * @param {Scope} scope
 */
function signingKey(secret, { date, region }) {
  return ["s3", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${secret}`, date), region));
}

/**
 * @param {string | Buffer} key
 * @param {string} data
 */
function hmac(key, data) {
  return createHmac("sha256", key).update(data).digest();
}

/**
 * @param {string} expected
 * @param {string} actual
 */
function equal(expected, actual) {
  const [a, b] = [Buffer.from(expected), Buffer.from(actual)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * @param {string} query as sent
 * @returns {[string, string][]}
 */
function pairs(query) {
  if (query === "") return [];
  try {
    return query.split("&").map((pair) => {
      const [name, value] = split(pair, "=");
      return [decodeURIComponent(name), decodeURIComponent(value)];
    });
  } catch {
    throw new SignatureError(400, "InvalidURI", "The query string is not properly encoded.");
  }
}

/**
 * @param {string} text
 * @param {string} separator
 * @returns {[string, string]}
 */
function split(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * By code unit, as the signature wants it.
 * @param {string} a
 * @param {string} b
 */
function order(a, b) {
  return a < b ? -1 : Number(a > b);
}

/** @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param {string | string[] | undefined} value */
function headerValue(value) {
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}
