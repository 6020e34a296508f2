/** The account's scripts: versions come in, deployments choose between them, secrets make new versions. */
import { resolveBindings } from "./bindings.js";
import { ApiError, scriptInvalid, scriptNotFound } from "./errors.js";
import { Locks } from "./locks.js";
import {
  activeIds, activeShares, deployment, findVersion, identity, latestVersion, newScript, pruned, refuseOtherSecrets,
  withDeployment,
} from "./script.js";

/**
 * @typedef {import("./store.js").Script} Script
 * @typedef {import("./store.js").Version} Version
 * @typedef {import("./store.js").Deployment} Deployment
 * @typedef {import("./store.js").Module} Module
 * @typedef {{metadata: Record<string, any>, modules: Module[], etag: string}} Upload
 * @typedef {import("./script.js").Share} Share
 */

const NAME = /^[a-z0-9_][a-z0-9_-]{0,62}$/;
const API_DEFAULT_DATE = "2021-11-02";
const RUNTIME_FIELDS = ["limits", "placement", "tail_consumers", "usage_model"];

export class Scripts {
  #locks = new Locks();

  /**
   * @param {{
   *   scripts: Map<string, Script>,
   *   store: import("./store.js").Store,
   *   pool: import("./pool.js").Pool,
   *   hasBucket: (name: string) => boolean,
   *   versionsKept: number,
   * }} given
   */
  constructor({ scripts, store, pool, hasBucket, versionsKept }) {
    this.scripts = scripts;
    this.store = store;
    this.pool = pool;
    this.hasBucket = hasBucket;
    this.versionsKept = versionsKept;
  }

  list() {
    return [...this.scripts.values()];
  }

  /** @param {string} name */
  find(name) {
    return this.scripts.get(name);
  }

  /**
   * @param {string} name
   * @throws {ApiError} 10007
   */
  get(name) {
    const script = this.scripts.get(name);
    if (script === undefined) throw scriptNotFound();
    return script;
  }

  /**
   * Adds a version from an upload; `deploy` puts it live at once, and makes the script when it is new.
   * @param {string} name
   * @param {Upload} upload
   * @param {{deploy: boolean, source: string}} options
   * @returns {Promise<{script: Script, version: Version}>}
   */
  upload(name, upload, { deploy, source }) {
    if (!NAME.test(name)) throw new ApiError(400, 10016, `Script name '${name}' is invalid.`);
    return this.#locks.run(name, async () => {
      const script = deploy ? (this.find(name) ?? newScript(name)) : this.get(name);
      const version = { ...this.#fromUpload(script, upload, deploy), source };
      await this.store.saveModules(name, version.etag, upload.modules);
      const tags = upload.metadata.tags;
      const settings = Array.isArray(tags) ? { ...script.settings, tags } : script.settings;
      return this.#accept({ ...script, settings }, version, { deploy });
    });
  }

  /**
   * A new version of the latest one with other bindings or settings, deployed at once.
   * @param {string} name
   * @param {(latest: Version) => Partial<Version>} change
   * @param {{code: number, what: string, triggeredBy: string}} how
   * @returns {Promise<{script: Script, version: Version}>}
   */
  revise(name, change, { code, what, triggeredBy }) {
    return this.#locks.run(name, async () => {
      const script = this.get(name);
      const latest = latestVersion(script);
      const active = activeShares(script);
      if (active.length !== 1 || active[0]?.id !== latest.id) {
        throw new ApiError(400, code, `${what} failed. You attempted to modify it, but the latest version of your Worker isn't currently deployed.`);
      }
      const annotations = { "workers/triggered_by": triggeredBy };
      const version = { ...latest, ...identity(script), annotations, ...change(latest) };
      return this.#accept(script, version, { deploy: true });
    });
  }

  /**
   * Puts one or two known versions live.
   * @param {string} name
   * @param {{versions: Share[], annotations: Record<string, string>, force: boolean, source: string}} wanted
   * @returns {Promise<Deployment>}
   */
  deploy(name, { versions, annotations, force, source }) {
    return this.#locks.run(name, async () => {
      const script = this.get(name);
      const chosen = versions.map(({ id }) => findVersion(script, id));
      if (!force) refuseOtherSecrets(script, chosen);
      for (const version of chosen) await this.pool.warm(name, version);
      const deployed = withDeployment(script, deployment(versions, annotations, source));
      await this.#save(script, deployed);
      return /** @type {Deployment} */ (deployed.deployments[0]);
    });
  }

  /**
   * Changes what is not part of a version.
   * @param {string} name
   * @param {(script: Script) => Partial<Script>} change
   * @returns {Promise<Script>}
   */
  configure(name, change) {
    return this.#locks.run(name, async () => {
      const script = this.get(name);
      return this.#save(script, { ...script, ...change(script) });
    });
  }

  /** @param {string} name */
  remove(name) {
    return this.#locks.run(name, async () => {
      this.get(name);
      await this.store.removeScript(name);
      this.scripts.delete(name);
      this.pool.keepOnly(name, []);
    });
  }

  /**
   * The version that answers a request, by the deployment's percentages.
   * @param {Script} script
   * @param {number} dice from 0 up to 1
   * @returns {Version | undefined}
   */
  route(script, dice) {
    let rest = dice * 100;
    for (const { id, percentage } of activeShares(script)) {
      rest -= percentage;
      if (rest < 0) return findVersion(script, id);
    }
    return undefined;
  }

  /**
   * @param {Script} script
   * @param {Upload} upload
   * @param {boolean} deploy
   * @returns {Version}
   */
  #fromUpload(script, { metadata, modules, etag }, deploy) {
    const keep = [...list(metadata.keep_bindings, "keep_bindings"), ...(deploy ? ["secret_text"] : [])];
    const previous = script.versions.length > 0 ? latestVersion(script).bindings : [];
    const date = metadata.compatibility_date ?? API_DEFAULT_DATE;
    if (!/^\d{4}-\d\d-\d\d$/.test(date)) throw scriptInvalid(`Invalid compatibility date: ${date}`);
    return {
      ...identity(script),
      etag,
      annotations: { ...metadata.annotations },
      main_module: metadata.main_module ?? metadata.body_part,
      has_modules: metadata.main_module !== undefined,
      compatibility_date: date,
      compatibility_flags: list(metadata.compatibility_flags, "compatibility_flags"),
      bindings: resolveBindings({ wanted: metadata.bindings, keep, previous, hasBucket: this.hasBucket }),
      modules: modules.map(({ name, type, contents }) => ({ name, type, size: contents.byteLength })),
      runtime: Object.fromEntries(RUNTIME_FIELDS.filter((field) => field in metadata).map((field) => [field, metadata[field]])),
      startup_time_ms: 0,
    };
  }

  /**
   * Starts the version, and only when it runs makes it part of the script.
   * @param {Script} script
   * @param {Version} candidate
   * @param {{deploy: boolean}} options
   */
  async #accept(script, candidate, { deploy }) {
    const { startupMs } = await this.pool.warm(script.name, candidate).catch(async (error) => {
      await this.store.forgetModules(script, [candidate.etag]);
      throw error;
    });
    const version = { ...candidate, startup_time_ms: Math.round(startupMs) };
    const grown = {
      ...script,
      modified_on: version.created_on,
      next_number: version.number + 1,
      versions: [...script.versions, version],
    };
    const share = [{ id: version.id, percentage: 100 }];
    const next = deploy ? withDeployment(grown, deployment(share, version.annotations, version.source)) : grown;
    return { script: await this.#save(script, next), version };
  }

  /**
   * @param {Script} before
   * @param {Script} next
   */
  async #save(before, next) {
    const saved = { ...next, versions: pruned(next, this.versionsKept) };
    try {
      await this.store.saveScript(saved);
    } catch (error) {
      this.pool.keepOnly(before.name, activeIds(before));
      throw error;
    }
    this.scripts.set(saved.name, saved);
    if (saved.deployments[0]?.id !== before.deployments[0]?.id) {
      this.pool.keepOnly(saved.name, activeIds(saved), activeIds(before));
    }
    const dropped = next.versions.filter((version) => !saved.versions.includes(version));
    await this.store.forgetModules(saved, dropped.map((version) => version.etag));
    return saved;
  }
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {string[]}
 */
function list(value, name) {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new ApiError(400, 10026, `${name} must be a list of strings.`);
}
