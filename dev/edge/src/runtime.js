/** Starts one version of a script in its own workerd, through Miniflare. */
import { createRequire, flushCompileCache } from "node:module";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

import { scriptInvalid } from "./errors.js";

const require = createRequire(import.meta.url);
const WORKER = "app";
const SERVICE = `service core:user:${WORKER}: `;
const MODULE_TYPES = new Set(["ESModule", "CommonJS", "Text", "Data", "CompiledWasm"]);
const CF = { colo: "LOC", country: "XX", httpProtocol: "HTTP/1.1", tlsVersion: "" };
const USER_ERRORS = new Set(["ERR_MODULE_PARSE", "ERR_FUTURE_COMPATIBILITY_DATE", "ERR_VALIDATION"]);

/**
 * @typedef {import("./store.js").Version} Version
 * @typedef {import("./store.js").Module} Module
 * @typedef {{url: URL, startupMs: number, dispose: () => Promise<void>}} Instance
 */

/** Points Miniflare at the workerd that dies with this process, and at a folder for its temporary files. */
export function prepareRuntime(/** @type {string} */ temporaryFolder) {
  process.env.EDGE_WORKERD = require("workerd").default;
  process.env.EDGE_PID = String(process.pid);
  process.env.MINIFLARE_WORKERD_PATH = fileURLToPath(new URL("../bin/workerd", import.meta.url));
  process.env.TMPDIR = temporaryFolder;
}

/** Loads Miniflare, which takes a while, ahead of the first Worker. */
export function loadMiniflare() {
  require("miniflare");
  flushCompileCache();
}

/**
 * Miniflare takes the signals for itself and would end the process before our servers are closed.
 * @param {Record<string, any>} options
 */
export function startMiniflare(options) {
  const { Miniflare } = require("miniflare");
  const ours = new Map(SIGNALS.map((signal) => [signal, new Set(process.listeners(signal))]));
  const miniflare = new Miniflare({ host: "127.0.0.1", port: 0, cf: CF, logRequests: false, ...options });
  for (const [signal, listeners] of ours) {
    for (const listener of process.listeners(signal)) {
      if (!listeners.has(listener)) process.removeListener(signal, listener);
    }
  }
  return miniflare;
}
const SIGNALS = /** @type {const} */ (["SIGTERM", "SIGINT"]);

/**
 * @param {{script: string, version: Version, modules: Module[], r2Folder: string, startupSeconds: number}} given
 * @returns {Promise<Instance>}
 * @throws {ApiError} 10021 with workerd's message when the script does not parse or throws at start-up
 */
export async function startVersion({ script, version, modules, r2Folder, startupSeconds }) {
  const began = performance.now();
  const miniflare = startMiniflare({
    name: WORKER,
    ...code(version, modules),
    ...bindings(version),
    compatibilityDate: version.compatibility_date,
    compatibilityFlags: version.compatibility_flags,
    r2Persist: r2Folder,
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    handleRuntimeStdio: (/** @type {any} */ out, /** @type {any} */ err) => {
      for (const stream of [out, err]) {
        readline.createInterface(stream).on("line", (line) => console.error(`[${script}] ${line}`));
      }
    },
  });
  const dispose = () => miniflare.dispose().catch(() => undefined);
  try {
    await within(startupSeconds, miniflare.ready);
    return { url: await miniflare.unsafeGetDirectURL(WORKER), startupMs: performance.now() - began, dispose };
  } catch (error) {
    await dispose();
    throw startupError(error);
  }
}

/**
 * @param {Version} version
 * @param {Module[]} modules
 */
function code(version, modules) {
  const main = modules.find((module) => module.name === version.main_module);
  if (main === undefined) throw scriptInvalid(`No such module "${version.main_module}".`);
  if (!version.has_modules) return { script: new TextDecoder().decode(main.contents) };
  const ordered = [main, ...modules.filter((module) => module !== main && MODULE_TYPES.has(module.type))];
  return {
    modulesRoot: "/",
    modules: ordered.map(({ name, type, contents }) => ({ type, path: `/${name}`, contents })),
  };
}

/** @param {Version} version */
function bindings(version) {
  /** @type {Record<string, any>} */
  const values = {};
  /** @type {Record<string, string>} */
  const r2Buckets = {};
  for (const binding of version.bindings) {
    if (binding.type === "r2_bucket") r2Buckets[binding.name] = binding.bucket_name;
    else if (binding.type === "json") values[binding.name] = binding.json;
    else if (binding.type === "version_metadata") values[binding.name] = metadata(version);
    else values[binding.name] = binding.text;
  }
  return { bindings: values, r2Buckets };
}

/** @param {Version} version */
function metadata(version) {
  return { id: version.id, tag: version.annotations["workers/tag"] ?? "", timestamp: version.created_on };
}

/**
 * @template T
 * @param {number} seconds
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
async function within(seconds, work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(scriptInvalid("Script startup exceeded CPU time limit.")), seconds * 1000);
  });
  try {
    return /** @type {T} */ (await Promise.race([work, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {any} error */
function startupError(error) {
  if (USER_ERRORS.has(error.code)) return scriptInvalid(error.message);
  if (error.code !== "ERR_RUNTIME_FAILURE") return error;
  const stderr = error.message.split("Runtime stderr:\n")[1] ?? "";
  if (!stderr.includes(SERVICE)) return error;
  return scriptInvalid(stderr.replaceAll(SERVICE, "").replaceAll("file:///", "").trim());
}
