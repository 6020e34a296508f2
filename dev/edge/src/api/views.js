/** The shapes in which Cloudflare shows scripts, versions and deployments. */
import { redacted } from "../bindings.js";
import { activeVersion } from "../script.js";

/**
 * @typedef {import("../store.js").Script} Script
 * @typedef {import("../store.js").Version} Version
 * @typedef {import("../store.js").Deployment} Deployment
 */

const AUTHOR = { author_email: "developer@localhost", author_id: "0".repeat(32) };

/**
 * @param {Script} script
 * @param {Version} [version] the live one unless told
 */
export function scriptView(script, version = activeVersion(script)) {
  return {
    id: script.name,
    tag: script.tag,
    tags: script.settings.tags,
    etag: version.etag,
    handlers: ["fetch"],
    has_assets: false,
    has_modules: version.has_modules,
    created_on: script.created_on,
    modified_on: script.modified_on,
    compatibility_date: version.compatibility_date,
    compatibility_flags: version.compatibility_flags,
    usage_model: "standard",
    last_deployed_from: version.source,
    logpush: script.settings.logpush,
    observability: script.settings.observability,
  };
}

/**
 * The answer to a script upload.
 * @param {Script} script
 * @param {Version} version
 */
export function uploadView(script, version) {
  return {
    ...scriptView(script, version),
    deployment_id: version.id.replaceAll("-", ""),
    entry_point: version.main_module,
    startup_time_ms: version.startup_time_ms,
  };
}

/** @param {Version} version */
export function versionSummary(version) {
  return {
    id: version.id,
    number: version.number,
    metadata: {
      ...AUTHOR,
      created_on: version.created_on,
      modified_on: version.created_on,
      source: version.source,
      hasPreview: false,
    },
    annotations: { "workers/triggered_by": "upload", ...version.annotations },
  };
}

/** @param {Version} version */
export function versionView(version) {
  return {
    ...versionSummary(version),
    startup_time_ms: version.startup_time_ms,
    resources: {
      bindings: redacted(version.bindings),
      script: { etag: version.etag, handlers: ["fetch"], last_deployed_from: version.source },
      script_runtime: {
        compatibility_date: version.compatibility_date,
        compatibility_flags: version.compatibility_flags,
        usage_model: "standard",
        ...version.runtime,
      },
    },
  };
}

/** @param {Deployment} deployment */
export function deploymentView(deployment) {
  return { ...deployment, author_email: AUTHOR.author_email };
}

/**
 * @param {Script} script
 */
export function settingsView(script) {
  const version = activeVersion(script);
  return {
    bindings: redacted(version.bindings),
    compatibility_date: version.compatibility_date,
    compatibility_flags: version.compatibility_flags,
    annotations: version.annotations,
    usage_model: "standard",
    ...version.runtime,
    ...script.settings,
  };
}

/**
 * The script as the newer Workers API shows it.
 * @param {Script} script
 */
export function workerView(script) {
  return {
    id: script.tag,
    name: script.name,
    created_on: script.created_on,
    updated_on: script.modified_on,
    subdomain: script.subdomain,
    ...script.settings,
  };
}
