/** Routes of scripts, their settings and their workers.dev subdomain. */
import { randomUUID } from "node:crypto";

import { resolveBindings } from "../bindings.js";
import { ApiError, badRequest } from "../errors.js";
import { activeVersion } from "../script.js";
import { jsonPart, readForm, readUpload } from "../upload.js";
import { Reply } from "./server.js";
import { scriptView, settingsView, uploadView, workerView } from "./views.js";

/**
 * @typedef {import("./server.js").Context} Context
 * @typedef {import("./server.js").Route} Route
 */

const BASE = "/accounts/:account/workers";
const SCRIPT = `${BASE}/scripts/:name`;
/** @type {Record<string, string>} */
const CONTENT_TYPES = {
  ESModule: "application/javascript+module",
  CommonJS: "application/javascript",
  CompiledWasm: "application/wasm",
  Data: "application/octet-stream",
  Text: "text/plain",
  SourceMap: "application/source-map",
};

/**
 * @param {{scripts: import("../scripts.js").Scripts, store: import("../store.js").Store, account: import("../account.js").Account}} services
 * @returns {Route[]}
 */
export function scriptRoutes({ scripts, store, account }) {
  return [
    ["GET", `${BASE}/scripts`, () => scripts.list().map((script) => scriptView(script))],
    ["PUT", SCRIPT, (context) => putScript(scripts, context)],
    ["GET", SCRIPT, (context) => download(scripts, store, context)],
    ["DELETE", SCRIPT, ({ params }) => scripts.remove(given(params, "name"))],
    ["GET", `${SCRIPT}/settings`, ({ params }) => settingsView(scripts.get(given(params, "name")))],
    ["PATCH", `${SCRIPT}/settings`, (context) => patchSettings(scripts, context)],
    ["GET", `${SCRIPT}/script-settings`, ({ params }) => scripts.get(given(params, "name")).settings],
    ["PATCH", `${SCRIPT}/script-settings`, (context) => patchScriptSettings(scripts, context)],
    ["GET", `${SCRIPT}/subdomain`, ({ params }) => scripts.get(given(params, "name")).subdomain],
    ["POST", `${SCRIPT}/subdomain`, (context) => setSubdomain(scripts, account, context)],
    ["GET", `${BASE}/services/:name`, ({ params }) => serviceView(scripts, given(params, "name"))],
    ["GET", `${BASE}/workers/:name`, ({ params }) => workerView(scripts.get(given(params, "name")))],
    ["DELETE", `${BASE}/services/:name`, ({ params }) => scripts.remove(given(params, "name"))],
  ];
}

/**
 * @param {Record<string, string>} params
 * @param {string} name
 */
export function given(params, name) {
  return params[name] ?? "";
}

/**
 * Cloudflare notes which of its tools a version came from.
 * @param {import("node:http").IncomingMessage} request
 */
export function sourceOf(request) {
  return request.headers["user-agent"]?.startsWith("wrangler/") ? "wrangler" : "api";
}

/**
 * @param {import("../scripts.js").Scripts} scripts
 * @param {Context} context
 */
async function putScript(scripts, { params, request, body }) {
  const upload = await readUpload(await body(), request.headers["content-type"]);
  const { script, version } = await scripts.upload(given(params, "name"), upload, { deploy: true, source: sourceOf(request) });
  return uploadView(script, version);
}

/**
 * The live version's modules as the multipart form they came in.
 * @param {import("../scripts.js").Scripts} scripts
 * @param {import("../store.js").Store} store
 * @param {Context} context
 */
async function download(scripts, store, { params }) {
  const script = scripts.get(given(params, "name"));
  const version = activeVersion(script);
  const boundary = randomUUID();
  const parts = (await store.readModules(script.name, version)).flatMap(({ name, type, contents }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n`,
    `Content-Type: ${CONTENT_TYPES[type]}\r\n\r\n`,
    contents,
    "\r\n",
  ]);
  const raw = Buffer.concat([...parts, `--${boundary}--\r\n`].map((part) => Buffer.from(part)));
  const headers = {
    "content-type": `multipart/form-data; boundary=${boundary}`,
    "cf-entrypoint": version.main_module,
    etag: version.etag,
  };
  return new Reply(null, { raw, headers });
}

/**
 * @param {import("../scripts.js").Scripts} scripts
 * @param {Context} context
 */
async function patchSettings(scripts, { params, request, body }) {
  const wanted = await jsonPart(await readForm(await body(), request.headers["content-type"]), "settings");
  if (wanted === null) throw badRequest('The form has no part "settings".');
  const fields = ["compatibility_date", "compatibility_flags", "annotations"].filter((field) => field in wanted);
  const { script } = await scripts.revise(
    given(params, "name"),
    (latest) => ({
      ...Object.fromEntries(fields.map((field) => [field, wanted[field]])),
      bindings: wanted.bindings === undefined ? latest.bindings : newBindings(scripts, wanted.bindings, latest),
    }),
    { code: 10214, what: "Settings edit", triggeredBy: "settings" },
  );
  return settingsView(script);
}

/**
 * @param {import("../scripts.js").Scripts} scripts
 * @param {unknown} wanted
 * @param {import("../store.js").Version} latest
 */
function newBindings(scripts, wanted, latest) {
  return resolveBindings({ wanted, keep: ["secret_text"], previous: latest.bindings, hasBucket: scripts.hasBucket });
}

/**
 * @param {import("../scripts.js").Scripts} scripts
 * @param {Context} context
 */
async function patchScriptSettings(scripts, { params, json }) {
  const wanted = await json();
  const known = ["tags", "logpush", "observability"].filter((field) => field in wanted);
  const changes = Object.fromEntries(known.map((field) => [field, wanted[field]]));
  const change = (/** @type {import("../store.js").Script} */ script) => ({ settings: { ...script.settings, ...changes } });
  return (await scripts.configure(given(params, "name"), change)).settings;
}

/**
 * @param {import("../scripts.js").Scripts} scripts
 * @param {import("../account.js").Account} account
 * @param {Context} context
 */
async function setSubdomain(scripts, account, { params, json }) {
  const { enabled, previews_enabled: previews = false } = await json();
  if (typeof enabled !== "boolean") throw badRequest("enabled must be true or false.");
  scripts.get(given(params, "name"));
  if (enabled && account.subdomain === null) {
    throw new ApiError(400, 10063, "You need a workers.dev subdomain in order to proceed.");
  }
  const subdomain = { enabled, previews_enabled: previews === true };
  return (await scripts.configure(given(params, "name"), () => ({ subdomain }))).subdomain;
}

/**
 * @param {import("../scripts.js").Scripts} scripts
 * @param {string} name
 */
function serviceView(scripts, name) {
  const script = scripts.find(name);
  if (script === undefined) throw new ApiError(404, 10090, "This service does not exist on your account.");
  const environment = { environment: "production", created_on: script.created_on, modified_on: script.modified_on };
  return {
    id: name,
    default_environment: { ...environment, script: scriptView(script) },
    created_on: script.created_on,
    modified_on: script.modified_on,
    environments: [environment],
  };
}
