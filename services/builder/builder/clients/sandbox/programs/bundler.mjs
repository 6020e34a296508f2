// The bundler's program: Vite on an app's files. What it says of itself is believed by nobody: the files it
// hands over are compared with what the platform knows, and whether the types hold is the checker's to say.
import { registerHooks } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { lay, load, MAX_DIAGNOSTICS, ROOT, send, serve, text, tree, wanted, whenQuiet } from "./channel.mjs";
import { confineCode, confineModules, confineReading } from "./confine.mjs";
import { isFacade, isSecond, useVendor, vendorOf } from "./vendor.mjs";

/**
 * @typedef {{code?: string, plugin?: string, pluginCode?: unknown, loc?: {file?: string, line: number, column: number},
 *   id?: string, filename?: string, message?: string, errors?: Thrown[], stack?: string}} Thrown what Vite throws, if it
 *   is an error, and what it tells of beside
 * @typedef {{type: "chunk", fileName: string, code: string, moduleIds: string[]}
 *   | {type: "asset", fileName: string, source: string | Uint8Array}} Emitted
 */

const QUIET_MS = 1500;
const MISSING_EXPORT = "MISSING_EXPORT";
/** The template's plugin whose warnings are the app's author's to know. */
const TELLING = "prerender";
const CONFIG = path.join(ROOT, "vite.config.ts");
// Beside the configuration, what it is put together from: the template keeps that folder.
const CONFIG_PARTS = path.join(ROOT, "vite") + path.sep;
const NO_JITI = "export const createJiti = () => ({ import: (file) => import(file) });";
const MODULES = path.join(ROOT, "node_modules") + path.sep;

// The tools are loaded from the packages, the configuration from the template. An app's own files are data here:
// a style sheet that names one as its plugin would have it run beside the bundler.
const configuration = new Set([CONFIG]);
const fileOf = (/** @type {string | undefined} */ url) => (url?.startsWith("file:") ? fileURLToPath(url) : undefined);
registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const file = fileOf(resolved.url);
    // By who imports it: in a template without such a folder an app may have one.
    if (file?.startsWith(CONFIG_PARTS) && configuration.has(fileOf(context.parentURL) ?? "")) configuration.add(file);
    return resolved;
  },
  load(url, context, nextLoad) {
    const file = fileOf(url);
    // Tailwind's second way to run a plugin compiles files by itself, past these hooks.
    if (file?.endsWith("/jiti/lib/jiti.mjs")) return { format: "module", source: NO_JITI, shortCircuit: true };
    const ours = file !== undefined && (configuration.has(file) || !file.startsWith(ROOT + path.sep) || file.startsWith(MODULES));
    if (ours || url.startsWith("node:")) return nextLoad(url, context);
    throw new Error(`'${text(file ?? url)}' would be run while the app is built; its files are only bundled.`);
  },
});

confineReading();
confineCode();
const tools = load("vite");

/** @type {(error: unknown) => Thrown} a build may throw anything */
const thrown = (error) => (typeof error === "object" && error !== null ? error : {});

/** What is amiss with what was bundled last, though it was. @type {ReturnType<typeof describe>[]} */
let warnings = [];
const noteWarnings = {
  name: "warnings",
  onLog(/** @type {string} */ level, /** @type {Thrown} */ log) {
    if (level === "warn" && log.plugin === TELLING && warnings.length < MAX_DIAGNOSTICS) warnings.push(describe(log));
  },
};

/**
 * @param {string | undefined} mode
 * @param {string} logLevel
 * @param {boolean} maps whether source maps are emitted beside the chunks
 * @returns {Promise<Emitted[]>}
 */
async function bundle(mode, logLevel, maps = false) {
  const vendor = await vendorOf(await tools, CONFIG);
  if (vendor === undefined) return bundleWith([], mode, logLevel, maps);
  try {
    const emitted = await bundleWith([useVendor(vendor)], mode, logLevel, maps);
    if (!emitted.some((item) => item.type === "chunk" && item.moduleIds.some(isSecond))) return emitted;
  } catch (error) {
    if (!thrown(error).errors?.some((part) => thrown(part).code === MISSING_EXPORT)) throw error;
  }
  // The app takes of the packages what the chunk does not have; or it is told of that in the packages' own words.
  return bundleWith([], mode, logLevel, maps);
}

/**
 * @param {object[]} plugins
 * @param {string | undefined} mode
 * @param {string} logLevel
 * @param {boolean} maps
 * @returns {Promise<Emitted[]>}
 */
async function bundleWith(plugins, mode, logLevel, maps) {
  const { build } = await tools;
  warnings = [];
  const options = { configFile: CONFIG, configLoader: "native", mode, logLevel, clearScreen: false };
  const confined = { plugins: [confineModules(), noteWarnings, ...plugins], worker: { plugins: () => [confineModules()] } };
  const result = await build({ root: ROOT, ...options, ...confined, build: { write: false, sourcemap: maps && "hidden" } });
  return result.output;
}

/** @param {unknown} error */
function describe(error) {
  const { code, plugin, pluginCode, loc, id, filename, message } = thrown(error);
  return {
    code: text(plugin === TELLING ? pluginCode : code) || null,
    plugin: text(plugin) || null,
    file: text(loc?.file ?? id ?? filename) || null,
    line: loc?.line ?? null,
    column: loc ? loc.column + 1 : null,
    message: text(message ?? error),
  };
}

/**
 * @param {string | undefined} mode
 * @param {boolean | undefined} maps
 */
async function report(mode, maps) {
  const began = performance.now();
  /** @type {{ok: boolean, errors: ReturnType<typeof describe>[]}} */
  let result = { ok: true, errors: [] };
  /** @type {Emitted[]} */
  let emitted = [];
  try {
    emitted = await bundle(mode, "info", maps);
  } catch (error) {
    const { errors, message } = thrown(error);
    const parts = Array.isArray(errors) && errors.length > 0 ? errors : [error];
    result = { ok: false, errors: [...parts.map(describe), ...warnings].slice(0, MAX_DIAGNOSTICS) };
    send({ type: "log", text: text(message ?? error) });
  }
  send({ type: "report", ms: performance.now() - began, ...result, warnings });
  return emitted;
}

const PUBLIC = "public/";
const brotli = promisify(zlib.brotliCompress);
const BEST = {
  params: {
    [zlib.constants.BROTLI_PARAM_MODE]: zlib.constants.BROTLI_MODE_TEXT,
    [zlib.constants.BROTLI_PARAM_QUALITY]: zlib.constants.BROTLI_MAX_QUALITY,
  },
};

/** What the build before has compressed: most chunks stay the same. @type {Map<string, {content: Buffer, packed: Buffer}>} */
let before = new Map();

/**
 * @param {[string, Buffer][]} files
 * @returns {Promise<[string, Buffer][]>}
 */
async function compress(files) {
  const now = await Promise.all(
    files.map(async ([name, content]) => {
      const known = before.get(name);
      const packed = known?.content.equals(content) ? known.packed : await brotli(content, BEST);
      return /** @type {const} */ ([name, { content, packed }]);
    }),
  );
  if (files.length > 0) before = new Map(now);
  return now.map(([name, { packed }]) => [name, packed]);
}

/**
 * Hands over what was emitted, and the compressed forms of it and of the public files with such extensions.
 * @param {Emitted[]} emitted
 * @param {string[]} extensions
 */
async function handOver(emitted, extensions) {
  /** @type {[string, Buffer][]} */
  const files = emitted.map((item) => [item.fileName, Buffer.from(item.type === "chunk" ? item.code : item.source)]);
  const modules = emitted.flatMap((item) => (item.type === "chunk" ? item.moduleIds.filter((id) => !isFacade(id)).map(text) : []));
  const published = [...tree]
    .filter(([name]) => name.startsWith(PUBLIC))
    .map(([name, content]) => /** @type {[string, Buffer]} */ ([name.slice(PUBLIC.length), content]));
  const packable = [...files, ...published].filter(([name]) => extensions.includes(path.extname(name).toLowerCase()));
  const packed = await compress(packable);
  const sizes = (/** @type {[string, Buffer][]} */ list) => list.map(([name, content]) => [name, content.length]);
  send(
    { type: "output", files: sizes(files), compressed: sizes(packed), modules },
    [...files, ...packed].map(([, content]) => content),
  );
}

serve(
  tools,
  async (files) => {
    lay(files);
    await tools;
    if (wanted()) return;
    await bundle("production", "silent");
    // Once more makes the next build faster still, but is not worth the time of a busy machine.
    whenQuiet(QUIET_MS, () => bundle("production", "silent"));
  },
  async ({ mode, compress, maps }, files) => {
    lay(files);
    const emitted = await report(mode, maps);
    if (emitted.length > 0) await handOver(emitted, compress ?? []);
  },
);
