/** One script's versions and deployments: pure rules. */
import { randomUUID } from "node:crypto";

import { ApiError, versionNotFound } from "./errors.js";

/**
 * @typedef {import("./store.js").Script} Script
 * @typedef {import("./store.js").Version} Version
 * @typedef {import("./store.js").Deployment} Deployment
 * @typedef {{id: string, percentage: number}} Share
 */

const DEPLOYMENTS_KEPT = 100;

/** @param {Script} script */
export function latestVersion(script) {
  return /** @type {Version} */ (script.versions.at(-1));
}

/**
 * @param {Script} script
 * @param {string} id with or without hyphens
 */
export function findVersion(script, id) {
  const plain = id.replaceAll("-", "");
  const version = script.versions.find((known) => known.id.replaceAll("-", "") === plain);
  if (version === undefined) throw versionNotFound(id);
  return version;
}

/**
 * @param {Script} script
 * @returns {Share[]}
 */
export function activeShares(script) {
  return (script.deployments[0]?.versions ?? []).map(({ version_id, percentage }) => ({ id: version_id, percentage }));
}

/**
 * @param {Script} script
 * @returns {string[]}
 */
export function activeIds(script) {
  return activeShares(script).map(({ id }) => id);
}

/** @param {Script} script */
export function activeVersion(script) {
  const [first] = activeShares(script);
  return first === undefined ? latestVersion(script) : findVersion(script, first.id);
}

/**
 * The newest ones, and whatever is live.
 * @param {Script} script
 * @param {number} kept
 */
export function pruned(script, kept) {
  const live = new Set(activeIds(script));
  const first = script.versions.length - kept;
  return script.versions.filter((version, index) => index >= first || live.has(version.id));
}

/**
 * @param {string} name
 * @returns {Script}
 */
export function newScript(name) {
  const now = new Date().toISOString();
  return {
    name,
    tag: randomUUID().replaceAll("-", ""),
    created_on: now,
    modified_on: now,
    next_number: 1,
    versions: [],
    deployments: [],
    subdomain: { enabled: true, previews_enabled: false },
    settings: { tags: [], logpush: false, observability: null },
  };
}

/** @param {Script} script */
export function identity(script) {
  return { id: randomUUID(), number: script.next_number, created_on: new Date().toISOString(), source: "api" };
}

/**
 * @param {Share[]} shares
 * @param {Record<string, string>} annotations
 * @param {string} source
 * @returns {Deployment}
 */
export function deployment(shares, annotations, source) {
  return {
    id: randomUUID(),
    created_on: new Date().toISOString(),
    source,
    strategy: "percentage",
    annotations,
    versions: shares.map(({ id, percentage }) => ({ version_id: id, percentage })),
  };
}

/**
 * @param {Script} script
 * @param {Deployment} newest
 * @returns {Script}
 */
export function withDeployment(script, newest) {
  return { ...script, deployments: [newest, ...script.deployments].slice(0, DEPLOYMENTS_KEPT) };
}

/**
 * Cloudflare asks for `force` before a version with other secrets goes live.
 * @param {Script} script
 * @param {Version[]} chosen
 */
export function refuseOtherSecrets(script, chosen) {
  const secrets = (/** @type {Version} */ version) =>
    JSON.stringify(version.bindings.filter(({ type }) => type === "secret_text").map(({ name, text }) => [name, text]).sort());
  const now = secrets(activeVersion(script));
  if (chosen.some((version) => secrets(version) !== now)) {
    throw new ApiError(400, 10220, "Secrets have changed since this version was deployed; use force=true to deploy it anyway.");
  }
}
