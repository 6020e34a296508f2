// Which files a change of others can have given other errors of types. To check all of them at every edit, of
// which the template has a hundred, would cost ten times as much as to check those.
import { wanted } from "./paths.mjs";

/** @typedef {import("./paths.mjs").Files} Files */

const TYPED = /\.[cm]?tsx?$/;
const CODE = /(?:\.d)?\.(?:[cm]?[jt]sx?|json)$/;
/** Whatever could be a specifier of the app's own: to take one too many costs a moment. */
const SPECIFIER = /["'`](?=((?:@\/|\.|\/)[^"'`\n]*)["'`])/g;

/**
 * The files to be checked for types now that `files` follow on `before`, where only those `troubled` had errors;
 * undefined: all of them, as what has changed may be seen from everywhere.
 * @param {Files} before
 * @param {Files} files
 * @param {Iterable<string>} troubled
 * @returns {string[] | undefined}
 */
export function affected(before, files, troubled) {
  const changed = [...new Set([...before.keys(), ...files.keys()])].filter((name) => before.get(name) !== files.get(name));
  if (changed.some((name) => everywhere(name, before.get(name)) || everywhere(name, files.get(name)))) return undefined;
  const importers = importersOf(files);
  const reached = new Set(changed.map(place));
  for (const target of reached) for (const importer of importers.get(target) ?? []) reached.add(importer);
  const sought = new Set(troubled);
  return [...files.keys()].filter((name) => TYPED.test(name) && (reached.has(place(name)) || sought.has(name)));
}

/**
 * Whether it can change the types of files that do not import it: global ones, and what the project consists of.
 * @param {string} name
 * @param {Buffer | undefined} content
 */
function everywhere(name, content) {
  if (!name.startsWith("src/")) return CODE.test(name);
  if (content === undefined || !TYPED.test(name)) return false;
  if (/\.d\.(?:[^/]*\.)?[cm]?ts$/.test(name)) return true;
  const text = content.toString("utf8");
  if (!/^(?:import|export)\b/m.test(text)) return true; // what is no module declares globals
  if (/\bdeclare\b/.test(text) && /\b(?:global|module)\b/.test(text)) return true;
  if (/^\s*\/\/\/\s*</m.test(text) || /\busing\s+[\w$]+\s*(?:[=:]|of\b)/.test(text)) return true; // these need global types
  return /\b(?:from|import|require)\s*\(?\s*["'`][^"'`\n]*\\/.test(text); // a specifier that is not as it looks
}

/**
 * Where files are imported, by where they lie.
 * @param {Files} files
 */
function importersOf(files) {
  /** @type {Map<string, Set<string>>} */
  const importers = new Map();
  for (const [name, content] of files) {
    if (!TYPED.test(name)) continue;
    for (const [, specifier = ""] of content.toString("utf8").matchAll(SPECIFIER)) {
      const target = wanted(specifier, name);
      if (target === undefined) continue;
      const key = place(target);
      importers.set(key, (importers.get(key) ?? new Set()).add(place(name)));
    }
  }
  return importers;
}

/**
 * What a file and every specifier that may lead to it have in common.
 * @param {string} path
 */
function place(path) {
  return path.replace(/\/$/, "").replace(CODE, "").replace(/\/index$/, "").toLowerCase();
}
