// The packages that every page of an app begins with, bundled by themselves: they change with a few of the app's edits
// only, and take most of the time of a build.
import { createHash } from "node:crypto";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, tree } from "./channel.mjs";

/**
 * @typedef {Map<string, string[]>} Exports the names of each entry
 * @typedef {{fileName: string, code: string, exports: Exports}} Vendor
 */

const PACKAGES = ["react", "react-dom", "react-router"];
// A package's entries share modules: what is here has to be all of them that an app may import.
const ENTRIES = ["react", "react/jsx-runtime", "react-dom", "react-dom/client", "react-router", "react-router/dom"];
const CODE = "\0vendor";
const FACADE = `${CODE}/`;
const FIRST_BYTES = 8;
// The others are CommonJS, of which nothing can be left out.
const SHAKEN = "react-router";
const SCRIPT = /\.[cm]?[jt]sx?$/;
const WHOLE = /(?:\*(?:\s*as\s+[\w$]+)?\s*from|\b(?:import|require)\s*\()\s*["'`]react-router/;
const MEMBER = new RegExp(`/node_modules/(?:${PACKAGES.join("|")}|scheduler)/`);

// They are imported here to learn their names: as if by the app, which has them, and not by this file.
registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(
      specifier,
      context.parentURL === import.meta.url && ENTRIES.includes(specifier)
        ? { ...context, parentURL: pathToFileURL(path.join(ROOT, "package.json")).href }
        : context,
    ),
});

/** What an export of an entry is called in the chunk. @type {(entry: string, name: string) => string} */
const exported = (entry, name) => `${entry.replaceAll(/\W/g, "_")}__${name}`;

/** @type {Promise<Exports | undefined> | undefined} */
let known;
/** The newest. @type {{key: string, made: Promise<Vendor>} | undefined} */
let kept;

/**
 * One chunk with what the app may use of the packages; undefined for a template that does without one of them.
 * @param {any} vite
 * @param {string} config
 * @returns {Promise<Vendor | undefined>}
 */
export async function vendorOf(vite, config) {
  const all = await (known ??= exportsOfAll());
  if (all === undefined) return undefined;
  const exports = wanted(all);
  const key = JSON.stringify([...exports]);
  if (kept?.key !== key) kept = { key, made: bundleVendor(vite, config, exports) };
  return kept.made;
}

/** @returns {Promise<Exports | undefined>} */
async function exportsOfAll() {
  const { dependencies = {} } = JSON.parse(tree.get("package.json")?.toString("utf8") ?? "{}");
  if (!PACKAGES.every((name) => name in dependencies)) return undefined;
  /** @type {Exports} */
  const all = new Map();
  for (const entry of ENTRIES) all.set(entry, Object.keys(await import(entry)).filter((name) => name !== "module.exports"));
  return all;
}

/**
 * Without the names that no file mentions which imports from the package.
 * @param {Exports} all
 * @returns {Exports}
 */
function wanted(all) {
  const importing = [...tree].filter(([name, content]) => SCRIPT.test(name) && content.includes(SHAKEN));
  const texts = importing.map(([, content]) => content.toString("utf8"));
  if (texts.some((content) => WHOLE.test(content))) return all;
  const words = new Set(texts.flatMap((content) => content.match(/[\w$]+/g) ?? []));
  return new Map([...all].map(([entry, names]) => [entry, entry.startsWith(SHAKEN) ? names.filter((name) => words.has(name)) : names]));
}

/**
 * @param {any} vite
 * @param {string} config
 * @param {Exports} exports
 * @returns {Promise<Vendor>}
 */
async function bundleVendor(vite, config, exports) {
  const reexports = [...exports].map(
    ([entry, names]) => `export { ${names.map((name) => `${name} as ${exported(entry, name)}`).join(", ")} } from "${entry}";`,
  );
  const { build } = await vite.resolveConfig({ root: ROOT, configFile: config, configLoader: "native" }, "build", "production");
  const { output } = await vite.build({
    root: ROOT, configFile: false, envDir: false, publicDir: false, logLevel: "silent", mode: "production",
    css: { postcss: {} },
    plugins: [
      {
        name: "vendor",
        resolveId: (/** @type {string} */ id) => (id === CODE ? id : undefined),
        load: (/** @type {string} */ id) => (id === CODE ? reexports.join("\n") : undefined),
      },
    ],
    build: {
      write: false, target: build.target, modulePreload: false, reportCompressedSize: false,
      rolldownOptions: {
        input: CODE, preserveEntrySignatures: "strict", checks: { moduleLevelDirective: false },
        output: { codeSplitting: false },
      },
    },
  });
  const { code } = output[0];
  const hash = createHash("sha256").update(code).digest("base64url").slice(0, FIRST_BYTES);
  return { fileName: `assets/vendor-${hash}.js`, code, exports };
}

/**
 * Has a build import the packages from the chunk, and emit it.
 * @param {Vendor} vendor
 */
export function useVendor({ fileName, code, exports }) {
  const url = `/${fileName}`;
  return {
    name: "vendor",
    resolveId: {
      order: "pre",
      filter: { id: new RegExp(`^(?:${[...ENTRIES, url].join("|").replaceAll(".", "\\.")})$`) },
      handler: (/** @type {string} */ id) => (id === url ? { id, external: "absolute" } : FACADE + id),
    },
    load: {
      filter: { id: new RegExp(`^${FACADE}`) },
      handler(/** @type {string} */ id) {
        const entry = id.slice(FACADE.length);
        const names = (exports.get(entry) ?? []).map((name) => `${exported(entry, name)} as ${name}`);
        return `export { ${names.join(", ")} } from "${url}";`;
      },
    },
    transformIndexHtml: () => [
      { tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: url }, injectTo: "head" },
    ],
    /** @this {{emitFile: (file: {type: "asset", fileName: string, source: string}) => void}} */
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source: code });
    },
  };
}

/** Whether a module belongs to the facade of the chunk. */
export const isFacade = (/** @type {string} */ id) => id.startsWith(FACADE);

/** Whether a module would be in the app a second time, beside the chunk. */
export const isSecond = (/** @type {string} */ id) => MEMBER.test(id);
