// What the bundler may make of an app's files: modules by what they are, and nothing but them.
//
// Tools go by ids: a file of any kind is compiled as a style sheet if its query says so, and then runs what it names
// as a plugin; HTML brings its styles along; paths lead out of the app, to what the sandbox itself is made of.
import fs from "node:fs";
import fsp from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT, text } from "./channel.mjs";

/** @typedef {{error: (problem: {message: string, loc: {file: string, line: number, column: number}}) => never}} Context */

const PAGE = path.join(ROOT, "index.html");
const MODULES = path.join(ROOT, "node_modules");
// A link where builds are not isolated.
const FOLDERS = [ROOT, fs.existsSync(MODULES) ? fs.realpathSync(MODULES) : MODULES].map((folder) => folder + path.sep);
const AS_IT_IS = /[?&](?:raw|url)\b/;
const DISGUISED = /\.css$|&lang\.css|[?&]index=\d+\.css$/;

const quoted = (/** @type {string} */ folder) => folder.slice(1).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const OUTSIDE = new RegExp(`^/(?!${FOLDERS.map(quoted).join("|")})`);

const isOurs = (/** @type {string} */ file) => FOLDERS.some((folder) => file.startsWith(folder));

/**
 * Why nothing may be bundled under this id.
 * @param {string} id
 */
function problem(id) {
  const [file = "", ...rest] = id.split(/(?=[?#])/);
  if (file === PAGE || file.startsWith("\0")) return undefined;
  if (path.isAbsolute(file) && !isOurs(file)) return "is no file of the app";
  if (rest.length > 0 && DISGUISED.test(id) && !file.endsWith(".css"))
    return "is imported as a style sheet, which only files that end with .css can be";
  if (file.endsWith(".html") && !AS_IT_IS.test(id))
    return "is imported as a page: only its text can be, with ?raw";
  return undefined;
}

/** @param {Context} context @param {string} file @param {string} id @param {string} found */
function refuse(context, file, id, found) {
  context.error({ message: `'${text(id).slice(0, 200)}' ${found}.`, loc: { file, line: 1, column: 0 } });
}

/** Ends a bundle that takes something for what it is not. */
export const confineModules = () => ({
  name: "confined",
  enforce: "pre",
  resolveId: {
    order: "pre",
    filter: { id: /^data:/ },
    /** @this {Context} @param {string} id @param {string | undefined} importer */
    handler(id, importer) {
      refuse(this, importer ?? PAGE, id, "is code in an address: put it into a file of the app");
    },
  },
  transform: {
    order: "pre",
    filter: { id: [/[?#]/, /\.html$/, OUTSIDE] }, // most modules are none of these, and need not be shown
    /** @this {Context} @param {string} _code @param {string} id */
    handler(_code, id) {
      const found = problem(id);
      if (found !== undefined) refuse(this, id.replace(/[?#].*$/s, ""), id, found);
    },
  },
});

/** Lets the tools read files of the app and its packages only, as what they read can become part of the app. */
export function confineReading() {
  const { readFile } = fsp;
  /** @type {any} */
  const confined = async (/** @type {any} */ file, /** @type {any[]} */ ...rest) => {
    const name = file instanceof URL ? fileURLToPath(file) : file;
    if (typeof name === "string" && !isOurs(path.resolve(name)))
      throw new Error(`'${text(name).slice(0, 200)}' is no file of the app.`);
    return readFile(file, ...rest);
  };
  fsp.readFile = confined;
  syncBuiltinESMExports();
}

/**
 * Keeps text of the app from being run as code: Vite would so find out the options of a worker, and reads them as
 * text where that fails. Code that the tools write for themselves begins like this.
 */
export function confineCode() {
  const check = (/** @type {unknown[]} */ args) => {
    if (!/^\s*(?:"use strict"|'use strict')/.test(String(args.at(-1) ?? "")) || args.length > 20)
      throw new EvalError("No text of an app is run while it is built.");
  };
  globalThis.Function = new Proxy(Function, {
    construct(target, args) {
      check(args);
      return Reflect.construct(target, args);
    },
    apply(target, self, args) {
      check(args);
      return Reflect.apply(target, self, args);
    },
  });
}
