// The type checker's program: runs where no code of an app ever runs, so that its word can be believed.
import path from "node:path";
import { affected } from "./affected.mjs";
import { lay, load, ROOT, send, serve, text, tree } from "./channel.mjs";
import { edited, lineEdits } from "./edits.mjs";
import { repairs } from "./fixer.mjs";
import { meant } from "./paths.mjs";
import { findings } from "./rules.mjs";

/**
 * @typedef {import("./channel.mjs").Change} Change
 * @typedef {{fileName?: string, pos: number, code: number, category: number, text: string,
 *   messageChain?: Diagnostic[]}} Diagnostic
 * @typedef {{file: string | null, offset: number, line?: number, column?: number, code: string, message: string,
 *   suggestion?: string, edits?: import("./edits.mjs").Edit[]}} Problem
 * @typedef {import("./fixer.mjs").Repair} Repair
 */

const MAX_PROBLEMS = 500;
const MAX_LOGGED = 200;
const NOT_FOUND = /^Cannot find module '([^']+)'/;
const tools = Promise.all([load("typescript/unstable/async"), load("typescript/unstable/ast")]);

// The checker's API is unstable and the template's own: nothing here can know its types.
/** @type {any} */
let checker;
/** Rejects when the type checker's own process ends: its API would wait for an answer for ever. @type {Promise<never>} */
let death;
/** The files as they were checked last, and those that had errors; "" stands for none of them. @type {Map<string, Buffer>} */
let last = new Map();
/** @type {Set<string>} */
let troubled = new Set();

/**
 * What the type checker finds, and what the platform's own rules find; with the repairs that need no model.
 * @param {Change} change
 * @param {Set<string>} editable the files that may be repaired
 * @returns {Promise<{problems: Problem[], found: Repair[]}>}
 */
async function check(change, editable = new Set()) {
  const [{ API, DiagnosticCategory }, ast] = await tools;
  const config = path.join(ROOT, "tsconfig.json");
  const first = checker === undefined;
  checker ??= new API({ cwd: ROOT });
  const snapshot = await checker.updateSnapshot(first ? { openProjects: [config] } : { fileChanges: change });
  if (first) death = ended(checker.client.process);
  const program = snapshot.getProject(config).program;
  const ruling = findings(program, ast, ROOT, tree).catch(tooDeep);
  const checking = Promise.all([
    program.getConfigFileParsingDiagnostics(),
    program.getProgramDiagnostics(),
    program.getSyntacticDiagnostics(),
    semantic(program, first),
  ]);
  const [rules, types] = await Promise.allSettled([Promise.race([ruling, death]), Promise.race([checking, death])]);
  const ruled = rules.status === "fulfilled" ? rules.value : [];
  if (types.status === "rejected" || rules.status === "rejected") checker = undefined; // it has died on this source
  if (types.status === "rejected" && ruled.length > 0) return { problems: ruled.map(describeFinding), found: [] };
  if (types.status === "rejected") throw types.reason;
  if (rules.status === "rejected") throw rules.reason;
  const found = types.value;
  /** @type {Diagnostic[]} */
  const errors = found.flat().filter((diagnostic) => diagnostic.category === DiagnosticCategory.Error);
  last = new Map(tree);
  troubled = new Set(errors.map(({ fileName }) => (fileName ? path.relative(ROOT, fileName) : "")));
  const problems = [...errors.map(describe), ...ruled.map(describeFinding)];
  const parse = (/** @type {string} */ file) => program.getSourceFile(path.join(ROOT, file));
  const repaired = editable.size > 0 ? await repairs(problems, parse, ast, tree, editable).catch(noRepairs) : [];
  await snapshot.dispose();
  checker.clearSourceFileCache(); // it would answer the next check with files as they were
  return { problems, found: repaired };
}

/**
 * The errors of all files, though only those are checked that can have others than at the check before. To ask
 * for the errors that are of no file is to have all files checked.
 * @param {any} program
 * @param {boolean} first
 * @returns {Promise<Diagnostic[]>}
 */
async function semantic(program, first) {
  const sought = first || troubled.has("") ? undefined : affected(last, tree, troubled);
  if (sought === undefined) return (await Promise.all([program.getSemanticDiagnostics(), program.getGlobalDiagnostics()])).flat();
  const known = new Set(await program.getSourceFileNames());
  const files = sought.map((name) => path.join(ROOT, name)).filter((name) => known.has(name));
  return (await Promise.all(files.map((name) => program.getSemanticDiagnostics(name)))).flat();
}

/**
 * @param {import("node:child_process").ChildProcess} process
 * @returns {Promise<never>}
 */
function ended(process) {
  /** @type {Promise<never>} */
  const death = new Promise((_, reject) => {
    process.once("exit", (code, signal) => reject(new Error(`its process ended (${signal ?? code})`)));
  });
  death.catch(() => {}); // that of an idle checker is noticed by its next use
  return death;
}

/**
 * Code that is nested deeper than the stack keeps its other errors.
 * @param {unknown} error
 * @returns {import("./rules.mjs").Finding[]}
 */
function tooDeep(error) {
  if (!(error instanceof RangeError)) throw error;
  console.error("This app's code is nested too deep for the platform's own rules.");
  return [];
}

/**
 * A report without repairs is as good as any.
 * @param {unknown} error
 */
function noRepairs(error) {
  console.error("Nothing is repaired without a model:", error instanceof Error ? error.message : error);
  return [];
}

/**
 * @param {string | undefined} file
 * @param {number} offset
 */
function position(file, offset) {
  const source = file ? tree.get(path.relative(ROOT, file))?.toString("utf8") : undefined;
  if (source === undefined) return {};
  const before = source.slice(0, offset);
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
}

/** @type {(diagnostic: Diagnostic, depth?: number) => string} */
const chain = (diagnostic, depth = 0) =>
  [
    "  ".repeat(depth) + diagnostic.text,
    ...(diagnostic.messageChain ?? []).map((next) => chain(next, depth + 1)),
  ].join("\n");

/**
 * @param {Diagnostic} diagnostic
 * @returns {Problem}
 */
function describe(diagnostic) {
  const file = text(diagnostic.fileName) || null;
  const message = text(chain(diagnostic)).replaceAll('"src/', '"@/');
  const unknown = NOT_FOUND.exec(message)?.[1];
  const suggestion = file && unknown ? proposed(unknown, file) : undefined;
  const { pos: offset, code } = diagnostic;
  return { file, offset, ...position(diagnostic.fileName, offset), code: `TS${code}`, message, suggestion };
}

/**
 * @param {string} specifier
 * @param {string} file
 */
function proposed(specifier, file) {
  return /^react-router-dom(?:\/|$)/.test(specifier) ? "react-router" : meant(specifier, file, tree);
}

/**
 * @param {import("./rules.mjs").Finding} finding
 * @returns {Problem}
 */
function describeFinding(finding) {
  return { ...finding, ...position(path.join(ROOT, finding.file), finding.offset) };
}

/**
 * At most so many, of every file its share: the first of each, then the second …
 * @param {Problem[]} problems
 */
function shared(problems) {
  if (problems.length <= MAX_PROBLEMS) return problems;
  /** @type {Map<string | null, number>} */
  const counts = new Map();
  const ranked = problems.map((problem) => {
    const rank = counts.get(problem.file) ?? 0;
    counts.set(problem.file, rank + 1);
    return /** @type {const} */ ([rank, problem]);
  });
  const taken = new Set(ranked.toSorted(([a], [b]) => a - b).slice(0, MAX_PROBLEMS).map(([, problem]) => problem));
  return problems.filter((problem) => taken.has(problem));
}

/**
 * The repairs by file, if the app has fewer problems with them.
 * @param {Repair[]} found
 * @param {number} before how many problems there are now
 */
async function proven(found, before) {
  /** @type {Map<string, Repair[]>} */
  const files = new Map();
  for (const repair of found) files.set(repair.file, [...(files.get(repair.file) ?? []), repair]);
  const texts = new Map([...files.keys()].map((file) => [file, tree.get(file)?.toString("utf8") ?? ""]));
  const edits = (/** @type {string} */ file) => (files.get(file) ?? []).map((repair) => repair.edit);
  const after = new Map(tree);
  for (const [file, content] of texts) after.set(file, Buffer.from(edited(content, edits(file))));
  const { problems } = await check(lay(after));
  if (problems.length >= before) return [];
  return [...files].map(([file, own]) => ({
    path: file,
    reasons: [...new Set(own.map((repair) => repair.reason))],
    edits: lineEdits(texts.get(file) ?? "", edits(file)),
  }));
}

/**
 * @param {Change} change
 * @param {Set<string>} editable
 */
async function report(change, editable) {
  const began = performance.now();
  let result;
  try {
    const { problems, found } = await check(change, editable);
    const errors = shared(problems).map(({ file, line, column, code, message, suggestion }) => ({ file, line, column, code, message, suggestion }));
    for (const { file, line, column, code, message } of errors.slice(0, MAX_LOGGED)) {
      const location = file ? `${file}(${line},${column}): ` : "";
      send({ type: "log", text: `${location}error ${code}: ${message}` });
    }
    const fixes = found.length > 0 ? await proven(found, problems.length).catch(noRepairs) : [];
    result = { ok: problems.length === 0, count: problems.length, errors, fixes };
  } catch (error) {
    result = { ok: false, count: 0, errors: [], crash: text(error instanceof Error ? error.stack : error) };
  }
  send({ type: "report", ms: performance.now() - began, ...result });
}

serve(
  tools,
  async (files) => void (await check(lay(files))),
  async ({ editable }, files) => report(lay(files), new Set(editable)),
);
