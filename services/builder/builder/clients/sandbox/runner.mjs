// Runs inside the sandbox. Warms up on the template's own (trusted) files, then does exactly one build.
//
// Speaks with the builder over a socket, in frames both ways:
//   u32 header length, u32 body length (big endian), header (JSON), body (the bytes of header.files, in order).
// In:  {type: "warm" | "build", mode?, files: [[path, size], …]}
// Out: {type: "ready"} · {type: "started"} · {type: "log", stream, text} · {type: "check", …} · {type: "bundle", …} ·
//      {type: "output", files} (only after a green check and bundle) · {type: "done"}
import fs from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";

/**
 * @typedef {{type: string, mode?: string, files: [string, number][]}} Asked
 * @typedef {Map<string, Buffer>} Files
 * @typedef {{changed: string[], created: string[], deleted: string[]}} Change
 * @typedef {{fileName?: string, pos: number, code: number, category: number, text: string,
 *   messageChain?: Diagnostic[]}} Diagnostic
 * @typedef {{code?: string, plugin?: string, loc?: {file?: string, line: number, column: number}, id?: string,
 *   filename?: string, message?: string, errors?: Thrown[], stack?: string}} Thrown what Vite throws, if it is an error
 */

const ROOT = fs.realpathSync(String(process.argv[2]));
const FD = Number(process.argv[3]);
const MAX_DIAGNOSTICS = 50;
const MAX_TEXT = 4000;
const QUIET_MS = 1500;
const require = createRequire(path.join(ROOT, "package.json"));
const socket = new Socket({ fd: FD, readable: true, writable: true });

// Imported while the socket is quiet; a package that is absent is reported by the build that needs it.
const load = async (/** @type {string} */ name) => import(pathToFileURL(require.resolve(name)).href);
const tools = Promise.all([load("vite"), load("typescript/unstable/async")]);
tools.catch(() => {});

/**
 * @param {Record<string, unknown>} header
 * @param {Buffer[]} body
 */
function send(header, body = []) {
  const head = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(body.reduce((sum, part) => sum + part.length, 0), 4);
  socket.write(Buffer.concat([lengths, head, ...body]));
}

// The app's author knows no work directory: paths are relative to the app.
const text = (/** @type {unknown} */ value) => String(value ?? "").replaceAll(`${ROOT}/`, "").slice(0, MAX_TEXT);

// ---- the app's files -------------------------------------------------------------------------------------

/** @type {Files} */
const tree = new Map();

/**
 * Makes the work directory hold exactly `files`; returns what changed, for the type checker.
 * @param {Files} files
 */
function lay(files) {
  /** @type {Change} */
  const change = { changed: [], created: [], deleted: [] };
  for (const name of [...tree.keys()].filter((name) => !files.has(name))) {
    fs.rmSync(path.join(ROOT, name));
    tree.delete(name);
    change.deleted.push(path.join(ROOT, name));
  }
  for (const [name, content] of files) {
    const known = tree.get(name);
    if (known?.equals(content)) continue;
    const target = path.join(ROOT, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content);
    (known ? change.changed : change.created).push(target);
    tree.set(name, content);
  }
  return change;
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

// ---- type check ------------------------------------------------------------------------------------------

// The checker's API is unstable and the template's own: nothing here can know its types.
/** @type {any} */
let checker;

/**
 * @param {Change} change
 * @returns {Promise<Diagnostic[]>}
 */
async function check(change) {
  const [, { API, DiagnosticCategory }] = await tools;
  const config = path.join(ROOT, "tsconfig.json");
  const first = checker === undefined;
  checker ??= new API({ cwd: ROOT });
  const snapshot = await checker.updateSnapshot(first ? { openProjects: [config] } : { fileChanges: change });
  const program = snapshot.getProject(config).program;
  /** @type {Diagnostic[][]} */
  const found = await Promise.all([
    program.getConfigFileParsingDiagnostics(),
    program.getProgramDiagnostics(),
    program.getSyntacticDiagnostics(),
    program.getSemanticDiagnostics(),
    program.getGlobalDiagnostics(),
  ]);
  const errors = found.flat().filter((diagnostic) => diagnostic.category === DiagnosticCategory.Error);
  await snapshot.dispose();
  return errors;
}

/** @type {(diagnostic: Diagnostic, depth?: number) => string} */
const chain = (diagnostic, depth = 0) =>
  [
    "  ".repeat(depth) + diagnostic.text,
    ...(diagnostic.messageChain ?? []).map((next) => chain(next, depth + 1)),
  ].join("\n");

/** @param {Diagnostic} diagnostic */
function describeType(diagnostic) {
  return {
    file: text(diagnostic.fileName) || null,
    ...position(diagnostic.fileName, diagnostic.pos),
    code: `TS${diagnostic.code}`,
    message: text(chain(diagnostic)),
  };
}

/** @param {Change} change */
async function reportCheck(change) {
  const began = performance.now();
  let report;
  try {
    const errors = (await check(change)).map(describeType);
    for (const { file, line, column, code, message } of errors.slice(0, MAX_DIAGNOSTICS)) {
      const location = file ? `${file}(${line},${column}): ` : "";
      send({ type: "log", stream: "check", text: `${location}error ${code}: ${message}` });
    }
    report = { ok: errors.length === 0, count: errors.length, errors: errors.slice(0, MAX_DIAGNOSTICS) };
  } catch (error) {
    report = { ok: false, count: 0, errors: [], crash: text(thrown(error).stack ?? error) };
  }
  send({ type: "check", ms: performance.now() - began, ...report });
  return report.ok;
}

// ---- bundle ----------------------------------------------------------------------------------------------

/** @type {(error: unknown) => Thrown} a build may throw anything */
const thrown = (error) => (typeof error === "object" && error !== null ? error : {});

/**
 * @param {string | undefined} mode
 * @param {string} logLevel
 */
async function bundle(mode, logLevel) {
  const [{ build }] = await tools;
  // Named, so that no file of the app is found before it.
  const configFile = path.join(ROOT, "vite.config.ts");
  const options = { configFile, configLoader: "native", mode, logLevel, clearScreen: false };
  await build({ root: ROOT, ...options, build: { outDir: path.join(ROOT, "dist"), emptyOutDir: true } });
}

/** @param {unknown} error */
function describeBundle(error) {
  const { code, plugin, loc, id, filename, message } = thrown(error);
  return {
    code: text(code) || null,
    plugin: text(plugin) || null,
    file: text(loc?.file ?? id ?? filename) || null,
    line: loc?.line ?? null,
    column: loc ? loc.column + 1 : null,
    message: text(message ?? error),
  };
}

/** @param {string | undefined} mode */
async function reportBundle(mode) {
  const began = performance.now();
  /** @type {{ok: boolean, errors: ReturnType<typeof describeBundle>[]}} */
  let report = { ok: true, errors: [] };
  try {
    await bundle(mode, "info");
  } catch (error) {
    const { errors, message } = thrown(error);
    const parts = Array.isArray(errors) && errors.length > 0 ? errors : [error];
    report = { ok: false, errors: parts.slice(0, MAX_DIAGNOSTICS).map(describeBundle) };
    send({ type: "log", stream: "bundle", text: text(message ?? error) });
  }
  send({ type: "bundle", ms: performance.now() - began, ...report });
  return report.ok;
}

function sendOutput() {
  const dist = path.join(ROOT, "dist");
  const entries = fs.readdirSync(dist, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dist, path.join(entry.parentPath, entry.name)));
  const contents = names.map((name) => fs.readFileSync(path.join(dist, name)));
  send({ type: "output", files: contents.map((content, i) => [names[i], content.length]) }, contents);
}

// ---- what the builder asks for ---------------------------------------------------------------------------

/**
 * Builds the template itself, so that code is compiled and caches are filled before an app arrives.
 * @param {Files} files
 */
async function warm(files) {
  const change = lay(files);
  await tools;
  if (asked.length > 0) return;
  await Promise.all([bundle("production", "silent"), check(change)]);
  // Once more makes the next build faster still, but is not worth the time of a busy machine.
  setTimeout(() => ask({ type: "again", files: [] }, Buffer.alloc(0)), QUIET_MS).unref();
}

/**
 * @param {Asked} header
 * @param {Files} files
 */
async function build({ mode }, files) {
  send({ type: "started" });
  const change = lay(files);
  const [checked, bundled] = await Promise.all([reportCheck(change), reportBundle(mode)]);
  if (checked && bundled) sendOutput();
  send({ type: "done" });
}

/**
 * @param {Asked} header
 * @param {Buffer} body
 */
function unpack(header, body) {
  /** @type {Files} */
  const files = new Map();
  let offset = 0;
  for (const [name, size] of header.files) {
    files.set(name, body.subarray(offset, (offset += size)));
  }
  return files;
}

/** @type {[Asked, Buffer][]} */
const asked = [];
let busy = false;

async function work() {
  if (busy) return;
  busy = true;
  for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
    const [header, body] = next;
    const files = unpack(header, body);
    if (header.type === "warm") {
      await warm(files).catch((error) => console.error(error));
      send({ type: "ready" });
    } else if (header.type === "build") await build(header, files);
    else if (asked.length === 0) await bundle("production", "silent").catch(() => {});
  }
  busy = false;
}

/**
 * @param {Asked} header
 * @param {Buffer} body
 */
function ask(header, body) {
  asked.push([header, body]);
  void work();
}

/** @type {Buffer[]} */
let pending = [];
let size = 0;

/** Takes whole frames off what has arrived. */
function take() {
  if (size < 8) return;
  let data = Buffer.concat(pending);
  while (data.length >= 8 && data.length >= 8 + data.readUInt32BE(0) + data.readUInt32BE(4)) {
    const [head, body] = [data.readUInt32BE(0), data.readUInt32BE(4)];
    ask(JSON.parse(data.toString("utf8", 8, 8 + head)), data.subarray(8 + head, 8 + head + body));
    data = data.subarray(8 + head + body);
  }
  pending = [data];
  size = data.length;
}

socket.on("data", (chunk) => {
  pending.push(chunk);
  size += chunk.length;
  take();
});
socket.on("end", () => process.exit(0));
