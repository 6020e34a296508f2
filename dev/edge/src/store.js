/** What the edge remembers on disk: the account, and per script its versions, deployments and modules. */
import { randomUUID } from "node:crypto";
import { readFile, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

import { makeFolder, syncFolder, writeAtomic } from "./files.js";

/**
 * @typedef {{name: string, creation_date: string, location: string, storage_class: string}} Bucket
 * @typedef {{subdomain: string | null, buckets: Bucket[]}} Account
 * @typedef {{name: string, type: string, size: number}} ModuleEntry
 * @typedef {{name: string, type: string, contents: Uint8Array}} Module
 * @typedef {{type: string, name: string} & Record<string, any>} Binding
 *
 * @typedef {object} Version
 * @property {string} id
 * @property {number} number
 * @property {string} created_on
 * @property {string} source
 * @property {string} etag names the modules' contents; versions with the same code share one file
 * @property {Record<string, string>} annotations
 * @property {string} main_module
 * @property {boolean} has_modules false for a service-worker script
 * @property {string} compatibility_date
 * @property {string[]} compatibility_flags
 * @property {Binding[]} bindings with the values of secrets
 * @property {ModuleEntry[]} modules
 * @property {Record<string, any>} runtime fields kept and shown, without effect here (limits, placement …)
 * @property {number} startup_time_ms
 *
 * @typedef {{id: string, created_on: string, source: string, strategy: string,
 *   annotations: Record<string, string>, versions: {version_id: string, percentage: number}[]}} Deployment
 *
 * @typedef {object} Script
 * @property {string} name
 * @property {string} tag
 * @property {string} created_on
 * @property {string} modified_on
 * @property {number} next_number
 * @property {Version[]} versions oldest first
 * @property {Deployment[]} deployments newest first
 * @property {{enabled: boolean, previews_enabled: boolean}} subdomain
 * @property {{tags: string[], logpush: boolean, observability: object | null}} settings
 */

export class Store {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = path.resolve(folder);
    this.r2 = path.join(this.folder, "r2");
    this.scripts = path.join(this.folder, "scripts");
    this.trash = path.join(this.folder, "trash");
  }

  /**
   * Reads everything but the modules; clears what a crash left between two writes.
   * @param {Account} fresh the account of an empty store
   * @returns {Promise<{account: Account, scripts: Map<string, Script>}>}
   */
  async load(fresh) {
    await rm(this.trash, { recursive: true, force: true });
    for (const folder of [this.folder, this.r2, this.scripts, this.trash]) await makeFolder(folder);
    const account = (await readJson(path.join(this.folder, "account.json"))) ?? fresh;
    const scripts = new Map();
    for (const name of await readdir(this.scripts)) {
      const script = await readJson(path.join(this.scripts, name, "script.json"));
      if (script === null) await rm(path.join(this.scripts, name), { recursive: true, force: true });
      else {
        scripts.set(name, script);
        await this.#sweep(script);
      }
    }
    return { account, scripts };
  }

  /** @param {Account} account */
  async saveAccount(account) {
    await writeAtomic(path.join(this.folder, "account.json"), JSON.stringify(account));
  }

  /** @param {Script} script */
  async saveScript(script) {
    await makeFolder(path.join(this.scripts, script.name));
    await writeAtomic(path.join(this.scripts, script.name, "script.json"), JSON.stringify(script));
    await syncFolder(this.scripts);
  }

  /**
   * @param {string} name
   * @param {string} etag
   * @param {Module[]} modules
   */
  async saveModules(name, etag, modules) {
    const file = this.#modulesFile(name, etag);
    await makeFolder(path.dirname(file));
    if (await exists(file)) return;
    await writeAtomic(file, modules.map((module) => module.contents));
  }

  /**
   * @param {string} name
   * @param {Version} version
   * @returns {Promise<Module[]>}
   */
  async readModules(name, version) {
    const bytes = await readFile(this.#modulesFile(name, version.etag));
    let offset = 0;
    return version.modules.map(({ name: module, type, size }) => {
      offset += size;
      return { name: module, type, contents: bytes.subarray(offset - size, offset) };
    });
  }

  /**
   * Removes modules that no version uses any more.
   * @param {Script} script
   */
  async #sweep(script) {
    const used = new Set(["script.json", ...script.versions.map((version) => `${version.etag}.modules`)]);
    const folder = path.join(this.scripts, script.name);
    for (const file of await readdir(folder)) {
      if (!used.has(file)) await rm(path.join(folder, file), { force: true });
    }
  }

  /**
   * @param {Script} script as saved
   * @param {string[]} etags of versions just dropped
   */
  async forgetModules(script, etags) {
    const used = new Set(script.versions.map((version) => version.etag));
    const unused = etags.filter((etag) => !used.has(etag));
    await Promise.all(unused.map((etag) => rm(this.#modulesFile(script.name, etag), { force: true })));
  }

  /** @param {string} name */
  async removeScript(name) {
    const grave = path.join(this.trash, randomUUID());
    await rename(path.join(this.scripts, name), grave);
    await syncFolder(this.scripts);
    await rm(grave, { recursive: true, force: true });
  }

  /**
   * @param {string} name
   * @param {string} etag
   */
  #modulesFile(name, etag) {
    return path.join(this.scripts, name, `${etag}.modules`);
  }
}

/** @param {string} file */
async function exists(file) {
  return (await stat(file).catch(() => null)) !== null;
}

/** @param {string} file */
async function readJson(file) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return null;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON; move it away to start without it`, { cause: error });
  }
}
