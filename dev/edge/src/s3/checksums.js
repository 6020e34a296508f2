/** The checksums that clients send with a body, compared with what has come, as R2 does. */
import { createHash } from "node:crypto";
import { Transform } from "node:stream";

import { SignatureError } from "./sigv4.js";

/**
 * @typedef {{update: (chunk: Uint8Array) => unknown, digest: () => Buffer}} Hash
 * @typedef {{name: string, promised: Buffer, hash: Hash}} Check
 */

/** A CRC of 32 or 64 bits, bits reflected, begun and ended with all ones. */
class Crc {
  #high;
  #low = 0xffffffff;

  /** @param {{table: Uint32Array, bytes: number}} kind */
  constructor({ table, bytes }) {
    this.table = table;
    this.bytes = bytes;
    this.#high = bytes === 8 ? 0xffffffff : 0;
  }

  /** @param {Uint8Array} chunk */
  update(chunk) {
    let [high, low] = [this.#high, this.#low];
    for (const byte of chunk) {
      const row = 2 * ((low ^ byte) & 0xff);
      low = ((low >>> 8) | (high << 24)) ^ /** @type {number} */ (this.table[row + 1]);
      high = (high >>> 8) ^ /** @type {number} */ (this.table[row]);
    }
    [this.#high, this.#low] = [high, low];
  }

  digest() {
    const digest = Buffer.alloc(8);
    digest.writeUInt32BE(~this.#high >>> 0, 0);
    digest.writeUInt32BE(~this.#low >>> 0, 4);
    return digest.subarray(8 - this.bytes);
  }
}

/**
 * @param {number} high of the reflected polynomial
 * @param {number} low
 */
function crcTable(high, low) {
  const table = new Uint32Array(512);
  for (let byte = 0; byte < 256; byte += 1) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const odd = (l & 1) === 1;
      [h, l] = [h >>> 1, (l >>> 1) | (h << 31)];
      if (odd) [h, l] = [h ^ high, l ^ low];
    }
    table.set([h, l], 2 * byte);
  }
  return table;
}

const CRC32 = { table: crcTable(0, 0xedb88320), bytes: 4 };
const CRC32C = { table: crcTable(0, 0x82f63b78), bytes: 4 };
const CRC64NVME = { table: crcTable(0x9a6c9329, 0xac4bc9b5), bytes: 8 };

/** @type {Record<string, {name: string, bytes: number, begin: () => Hash}>} */
const CHECKSUMS = {
  "content-md5": { name: "MD5", bytes: 16, begin: () => createHash("md5") },
  "x-amz-checksum-crc32": { name: "CRC-32", bytes: 4, begin: () => new Crc(CRC32) },
  "x-amz-checksum-crc32c": { name: "CRC-32C", bytes: 4, begin: () => new Crc(CRC32C) },
  "x-amz-checksum-crc64nvme": { name: "CRC-64/NVME", bytes: 8, begin: () => new Crc(CRC64NVME) },
  "x-amz-checksum-sha1": { name: "SHA-1", bytes: 20, begin: () => createHash("sha1") },
  "x-amz-checksum-sha256": { name: "SHA-256", bytes: 32, begin: () => createHash("sha256") },
};

/**
 * What the headers promise of the body.
 * @param {import("node:http").IncomingHttpHeaders} headers
 * @returns {Check[]}
 * @throws {SignatureError} 400 InvalidDigest for a value that is no checksum
 */
export function promisedChecksums(headers) {
  const sent = Object.entries(CHECKSUMS).filter(([header]) => headers[header] !== undefined);
  return sent.map(([header, { name, bytes, begin }]) => {
    const promised = Buffer.from(String(headers[header]), "base64");
    if (promised.length !== bytes) {
      throw new SignatureError(400, "InvalidDigest", "The checksum or Content-MD5 you specified is not valid.");
    }
    return { name, promised, hash: begin() };
  });
}

/**
 * @param {Check[]} checks
 * @param {Uint8Array} body
 * @throws {SignatureError} 400 BadDigest
 */
export function compare(checks, body) {
  for (const { hash } of checks) hash.update(body);
  conclude(checks);
}

/**
 * Passes a body on, but its end only when the checksums fit: without it nothing is stored.
 * @param {Check[]} checks
 */
export function comparing(checks) {
  let last = Buffer.alloc(0);
  return new Transform({
    transform(chunk, _encoding, pass) {
      for (const { hash } of checks) hash.update(chunk);
      pass(null, last);
      last = chunk;
    },
    flush(pass) {
      try {
        conclude(checks);
        pass(null, last);
      } catch (error) {
        pass(/** @type {Error} */ (error));
      }
    },
  });
}

/** @param {Check[]} checks */
function conclude(checks) {
  for (const { name, promised, hash } of checks) {
    const actual = hash.digest();
    if (actual.equals(promised)) continue;
    throw new SignatureError(
      400,
      "BadDigest",
      `The ${name} checksum you specified did not match what we received.\n` +
        `You provided a ${name} checksum with value: ${promised.toString("hex")}\nActual ${name} was: ${actual.toString("hex")}`,
    );
  }
}
