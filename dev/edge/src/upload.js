/** Reads a script upload: the multipart form that wrangler, the SDKs and plain HTTP clients send. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import { ApiError, badRequest, scriptInvalid } from "./errors.js";

/**
 * @typedef {import("./store.js").Module} Module
 * @typedef {Record<string, any>} Metadata
 */

const MIB = 1024 * 1024;
const COMPRESSED_LIMIT = 10 * MIB;
const TOTAL_LIMIT = 64 * MIB;
const NOT_MODULES = new Set(["metadata", "settings"]);
/** @type {Record<string, string>} */
const TYPES = {
  "application/javascript+module": "ESModule",
  "text/javascript+module": "ESModule",
  "application/javascript": "CommonJS",
  "text/javascript": "CommonJS",
  "application/wasm": "CompiledWasm",
  "application/octet-stream": "Data",
  "text/plain": "Text",
  "text/html": "Text",
  "application/source-map": "SourceMap",
};

/**
 * @param {Buffer} body
 * @param {string | undefined} contentType
 * @returns {Promise<FormData>}
 */
export async function readForm(body, contentType) {
  if (!contentType?.startsWith("multipart/form-data")) {
    throw new ApiError(415, 10023, "Content-Type must be multipart/form-data.");
  }
  try {
    return await new Response(/** @type {any} */ (body), { headers: { "content-type": contentType } }).formData();
  } catch (error) {
    throw badRequest(`Could not parse the multipart form: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * A JSON part, whether sent as a field or, as the SDKs do, as a file.
 * @param {FormData} form
 * @param {string} name
 * @returns {Promise<Metadata | null>}
 */
export async function jsonPart(form, name) {
  const part = form.get(name);
  if (part === null) return null;
  const text = typeof part === "string" ? part : await part.text();
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // told below
  }
  throw badRequest(`The part "${name}" must be a JSON object.`);
}

/**
 * @param {Buffer} body
 * @param {string | undefined} contentType
 * @returns {Promise<{metadata: Metadata, modules: Module[], etag: string}>}
 */
export async function readUpload(body, contentType) {
  const form = await readForm(body, contentType);
  const metadata = await jsonPart(form, "metadata");
  if (metadata === null) throw badRequest('The form has no part "metadata".');
  const main = metadata.main_module ?? metadata.body_part;
  if (typeof main !== "string") throw badRequest("The metadata must name a main_module.");
  const modules = await readModules(form);
  if (!modules.some((module) => module.name === main)) throw scriptInvalid(`No such module "${main}".`);
  checkSize(modules);
  return { metadata, modules, etag: digest(modules) };
}

/**
 * A module is named by its part's filename (wrangler and the SDKs), else by the part's name.
 * @param {FormData} form
 * @returns {Promise<Module[]>}
 */
async function readModules(form) {
  /** @type {Map<string, Module>} */
  const modules = new Map();
  for (const [field, part] of form) {
    if (NOT_MODULES.has(field)) continue;
    const file = typeof part === "string" ? new File([part], field, { type: "text/plain" }) : part;
    const name = file.name === "blob" ? field : file.name;
    const type = TYPES[file.type.split(";")[0]?.trim() ?? ""];
    if (type === undefined) throw scriptInvalid(`Module "${name}" has the unsupported type "${file.type}".`);
    if (modules.has(name)) throw scriptInvalid(`Module "${name}" is defined twice.`);
    modules.set(name, { name, type, contents: new Uint8Array(await file.arrayBuffer()) });
  }
  return [...modules.values()];
}

/**
 * Cloudflare's own limits; compressing is only worth its time when the answer is in doubt.
 * @param {Module[]} modules
 */
function checkSize(modules) {
  const total = modules.reduce((sum, module) => sum + module.contents.byteLength, 0);
  if (total <= COMPRESSED_LIMIT) return;
  const compressed = modules.reduce((sum, module) => sum + gzipSync(module.contents, { level: 1 }).byteLength, 0);
  if (total <= TOTAL_LIMIT && compressed <= COMPRESSED_LIMIT) return;
  throw new ApiError(413, 10027, `Your Worker exceeded the size limit of ${COMPRESSED_LIMIT / MIB} MiB compressed.`);
}

/** @param {Module[]} modules */
function digest(modules) {
  const hash = createHash("sha256");
  for (const { name, type, contents } of modules) {
    hash.update(JSON.stringify([name, type, contents.byteLength])).update(contents);
  }
  return hash.digest("hex");
}
