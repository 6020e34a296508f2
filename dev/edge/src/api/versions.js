/** Routes of versions, deployments and secrets. */
import { ApiError, badRequest } from "../errors.js";
import { secretsOf } from "../bindings.js";
import { activeVersion, findVersion, latestVersion } from "../script.js";
import { readUpload } from "../upload.js";
import { given, sourceOf } from "./scripts.js";
import { Reply } from "./server.js";
import { deploymentView, versionSummary, versionView } from "./views.js";

/**
 * @typedef {import("./server.js").Context} Context
 * @typedef {import("./server.js").Route} Route
 * @typedef {import("../scripts.js").Scripts} Scripts
 * @typedef {import("../store.js").Binding} Binding
 */

const SCRIPT = "/accounts/:account/workers/scripts/:name";

/**
 * @param {{scripts: Scripts}} services
 * @returns {Route[]}
 */
export function versionRoutes({ scripts }) {
  const script = (/** @type {Context} */ { params }) => scripts.get(given(params, "name"));
  return [
    ["POST", `${SCRIPT}/versions`, (context) => postVersion(scripts, context)],
    ["GET", `${SCRIPT}/versions`, (context) => listVersions(scripts, context)],
    ["GET", `${SCRIPT}/versions/:id`, (context) => versionView(findVersion(script(context), given(context.params, "id")))],
    ["POST", `${SCRIPT}/deployments`, (context) => postDeployment(scripts, context)],
    ["GET", `${SCRIPT}/deployments`, (context) => ({ deployments: script(context).deployments.map(deploymentView) })],
    ["GET", `${SCRIPT}/deployments/:id`, (context) => oneDeployment(script(context), given(context.params, "id"))],
    ["GET", `${SCRIPT}/secrets`, (context) => secretsOf(activeVersion(script(context)).bindings)],
    ["PUT", `${SCRIPT}/secrets`, (context) => putSecret(scripts, context)],
    ["GET", `${SCRIPT}/secrets/:secret`, (context) => oneSecret(scripts, context)],
    ["DELETE", `${SCRIPT}/secrets/:secret`, (context) => deleteSecret(scripts, context)],
    ["PATCH", `${SCRIPT}/secrets-bulk`, (context) => patchSecrets(scripts, context)],
  ];
}

/**
 * @param {Scripts} scripts
 * @param {Context} context
 */
async function postVersion(scripts, { params, request, body }) {
  const upload = await readUpload(await body(), request.headers["content-type"]);
  const { version } = await scripts.upload(given(params, "name"), upload, { deploy: false, source: sourceOf(request) });
  return versionView(version);
}

/**
 * @param {Scripts} scripts
 * @param {Context} context
 */
function listVersions(scripts, { params, url }) {
  const all = scripts.get(given(params, "name")).versions.toReversed();
  const perPage = count(url, "per_page", all.length || 1);
  const page = count(url, "page", 1);
  const items = all.slice((page - 1) * perPage, page * perPage).map(versionSummary);
  const info = {
    page,
    per_page: perPage,
    count: items.length,
    total_count: all.length,
    total_pages: Math.ceil(all.length / perPage),
  };
  return new Reply({ items }, { info });
}

/**
 * @param {URL} url
 * @param {string} name
 * @param {number} fallback
 */
function count(url, name, fallback) {
  const value = Number(url.searchParams.get(name) ?? fallback);
  if (Number.isInteger(value) && value > 0) return value;
  throw badRequest(`${name} must be a positive whole number.`);
}

/**
 * @param {Scripts} scripts
 * @param {Context} context
 */
async function postDeployment(scripts, { params, url, request, json }) {
  const { strategy, versions, annotations = {} } = await json();
  if (strategy !== "percentage") throw badRequest('strategy must be "percentage".');
  if (!Array.isArray(versions) || versions.length < 1 || versions.length > 2) {
    throw badRequest("A deployment has one or two versions.");
  }
  const shares = versions.map(({ version_id: id, percentage }) => ({ id: String(id), percentage: Number(percentage) }));
  const sum = shares.reduce((total, { percentage }) => total + percentage, 0);
  if (sum !== 100 || shares.some(({ percentage }) => percentage < 0)) {
    throw badRequest("The percentages of a deployment must add up to 100.");
  }
  const script = scripts.get(given(params, "name"));
  const known = shares.map(({ id, percentage }) => ({ id: findVersion(script, id).id, percentage }));
  const force = url.searchParams.get("force") === "true";
  const wanted = { versions: known, annotations, force, source: sourceOf(request) };
  return deploymentView(await scripts.deploy(script.name, wanted));
}

/**
 * @param {import("../store.js").Script} script
 * @param {string} id
 */
function oneDeployment(script, id) {
  const deployment = script.deployments.find((known) => known.id === id);
  if (deployment === undefined) throw new ApiError(404, 100146, `Deployment ${id} does not exist.`);
  return deploymentView(deployment);
}

/**
 * @param {Scripts} scripts
 * @param {Context} context
 */
async function putSecret(scripts, { params, json }) {
  const secret = checkedSecret(await json());
  await editSecrets(scripts, given(params, "name"), { [secret.name]: secret });
  return { name: secret.name, type: secret.type };
}

/**
 * @param {Scripts} scripts
 * @param {Context} context
 */
function oneSecret(scripts, { params }) {
  const secrets = secretsOf(activeVersion(scripts.get(given(params, "name"))).bindings);
  return secrets.find(({ name }) => name === params.secret) ?? missingSecret(given(params, "secret"));
}

/**
 * @param {Scripts} scripts
 * @param {Context} context
 */
async function deleteSecret(scripts, { params }) {
  const name = given(params, "secret");
  const secrets = secretsOf(latestVersion(scripts.get(given(params, "name"))).bindings);
  if (!secrets.some((secret) => secret.name === name)) missingSecret(name);
  await editSecrets(scripts, given(params, "name"), { [name]: null });
  return null;
}

/**
 * @param {Scripts} scripts
 * @param {Context} context
 */
async function patchSecrets(scripts, { params, json }) {
  const { secrets } = await json();
  if (secrets === null || typeof secrets !== "object") throw badRequest("secrets must be an object.");
  const changes = Object.fromEntries(
    Object.entries(secrets).map(([name, secret]) => [name, secret === null ? null : checkedSecret({ name, ...secret })]),
  );
  const version = await editSecrets(scripts, given(params, "name"), changes);
  return secretsOf(version.bindings);
}

/**
 * All changes become one new version.
 * @param {Scripts} scripts
 * @param {string} name
 * @param {Record<string, Binding | null>} changes null removes
 */
async function editSecrets(scripts, name, changes) {
  const wanted = Object.values(changes).filter((secret) => secret !== null);
  const { version } = await scripts.revise(
    name,
    (latest) => ({ bindings: [...latest.bindings.filter((binding) => !(binding.name in changes)), ...wanted] }),
    { code: 10215, what: "Secret edit", triggeredBy: "secret" },
  );
  return version;
}

/**
 * @param {Record<string, any>} secret
 * @returns {Binding}
 */
function checkedSecret({ name, text, type = "secret_text" }) {
  if (typeof name !== "string" || name === "") throw badRequest("A secret needs a name.");
  if (typeof text !== "string" || type !== "secret_text") throw badRequest(`Secret "${name}" needs a text of type secret_text.`);
  return { name, type, text };
}

/**
 * @param {string} name
 * @returns {never}
 */
function missingSecret(name) {
  throw new ApiError(404, 10056, `Secret "${name}" does not exist on this Worker.`);
}
