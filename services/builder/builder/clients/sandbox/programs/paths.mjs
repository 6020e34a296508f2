// What the imports of an app's files lead to.
import path from "node:path";

/** @typedef {Map<string, Buffer>} Files */

const ENDINGS = ["", ".ts", ".tsx", ".js", ".jsx", ".json", "/index.ts", "/index.tsx"];
const WRITTEN = /\.tsx?$|\/index\.tsx?$/;

/** A specifier without Vite's `?url` and the like. @param {string} specifier */
export const plain = (specifier) => specifier.replace(/[?#].*$/, "");

/**
 * The path below the app's root that a relative, absolute or `@/` specifier stands for; else undefined.
 * @param {string} specifier
 * @param {string} from the importing file
 */
export function wanted(specifier, from) {
  const name = plain(specifier);
  if (name.startsWith("@/")) return path.posix.normalize(`src/${name.slice(2)}`);
  if (/^\.{1,2}(\/|$)/.test(name)) return path.posix.normalize(path.posix.join(path.posix.dirname(from), name));
  return name.startsWith("/") ? path.posix.normalize(name.slice(1)) : undefined;
}

/**
 * The file of the app that is imported.
 * @param {string} specifier
 * @param {string} from
 * @param {Files} tree
 */
export function resolved(specifier, from, tree) {
  const target = wanted(specifier, from);
  const found = target && ENDINGS.map((ending) => target + ending).find((name) => tree.has(name));
  return found || undefined;
}

/**
 * What the author of a specifier that leads nowhere will have meant: the one file with such a path but for its
 * case or its alias (`~/`, `src/`, none at all). The answer is written as the specifier was, or with `@/`.
 * @param {string} specifier
 * @param {string} from
 * @param {Files} tree
 */
export function meant(specifier, from, tree) {
  const target = wanted(specifier, from) ?? foreign(specifier);
  const sought = new Set(ENDINGS.map((ending) => (target + ending).toLowerCase()));
  const found = [...tree.keys()].filter((name) => sought.has(name.toLowerCase()));
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  const shown = /\.\w+$/.test(target) ? only : only.replace(WRITTEN, "");
  if (specifier.startsWith(".")) return relative(shown, from);
  return shown.startsWith("src/") ? `@/${shown.slice(4)}` : undefined;
}

/**
 * What the author of an address that leads nowhere will have meant: the one public file with it but for its case.
 * @param {string} address from the root, as the browser sees it
 * @param {Files} tree
 */
export function published(address, tree) {
  const sought = `public/${address.replace(/^\/(?:public\/)?/, "")}`.toLowerCase();
  const found = [...tree.keys()].filter((name) => name.toLowerCase() === sought);
  return found.length === 1 ? found[0]?.slice("public".length) : undefined;
}

/** @param {string} specifier with an alias that is none of ours, or without one */
function foreign(specifier) {
  const rest = plain(specifier).replace(/^(?:~\/?|[@#](?=\w)|\$(?:lib\/)?)/, "");
  return path.posix.normalize(rest.startsWith("src/") ? rest : `src/${rest}`);
}

/**
 * @param {string} target
 * @param {string} from
 */
function relative(target, from) {
  const found = path.posix.relative(path.posix.dirname(from), target);
  return found.startsWith(".") ? found : `./${found}`;
}
