// What the programs inside a sandbox share: frames from and to the builder, and the app's files on disk.
//
// Frames come in and go out by the two pipes whose numbers are the last arguments.
//   u32 header length, u32 body length (big endian), header (JSON), body (the bytes of the listed files, in order).
// In:  {type: "warm" | "work", files: [[path, size], …], …}
// Out: {type: "ready"} after a "warm" · {type: "started"} first after a "work" ·
//      {type: "log", text} · {type: "report", …} · {type: "output", files, …} · {type: "done"}
import fs from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import path from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";

/**
 * @typedef {{type: string, files: [string, number][], mode?: string, compress?: string[],
 *   editable?: string[], maps?: boolean}} Asked
 * @typedef {Map<string, Buffer>} Files
 * @typedef {{changed: string[], created: string[], deleted: string[]}} Change
 */

export const ROOT = fs.realpathSync(String(process.argv[2]));
export const MAX_DIAGNOSTICS = 50;
const MAX_TEXT = 4000;
const require = createRequire(path.join(ROOT, "package.json"));
const input = new Socket({ fd: Number(process.argv[3]), readable: true, writable: false });
const output = new Socket({ fd: Number(process.argv[4]), readable: false, writable: true });

/** @type {(name: string) => Promise<any>} */
export async function load(name) {
  return import(pathToFileURL(require.resolve(name)).href);
}

/**
 * @param {Record<string, unknown>} header
 * @param {Buffer[]} body
 */
export function send(header, body = []) {
  const head = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(body.reduce((sum, part) => sum + part.length, 0), 4);
  output.write(Buffer.concat([lengths, head, ...body]));
}

// What the tools print comes before what they report; only what a dying process prints goes past the frames.
for (const name of ["stdout", "stderr"]) {
  const value = new Writable({
    write(chunk, _encoding, done) {
      send({ type: "log", text: chunk.toString() });
      done();
    },
  });
  Object.defineProperty(process, name, { value });
}

// The packages may lie elsewhere, where tools find them by their own paths.
const LINK = path.join(ROOT, "node_modules");
const MODULES = fs.existsSync(LINK) ? fs.realpathSync(LINK) : LINK;

// The app's author knows no work directory: paths are relative to the app.
export const text = (/** @type {unknown} */ value) =>
  String(value ?? "")
    .replaceAll(`${ROOT}/`, "")
    .replaceAll(`${path.relative(ROOT, MODULES)}/`, "node_modules/")
    .replaceAll(`${MODULES}/`, "node_modules/")
    .slice(0, MAX_TEXT);

// ---- the app's files -------------------------------------------------------------------------------------

/** What the work directory holds. @type {Files} */
export const tree = new Map();

/**
 * Makes the work directory hold exactly `files`; returns what changed.
 * @param {Files} files
 */
export function lay(files) {
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

// ---- what the builder asks for ---------------------------------------------------------------------------

/** @type {[Asked, Buffer][]} */
const asked = [];
let busy = false;

/** Whether something else has been asked for meanwhile. */
export const wanted = () => asked.length > 0;

/**
 * Does some work of ours after a while, unless something is asked for before.
 * @param {number} milliseconds
 * @param {() => Promise<unknown>} work
 */
export function whenQuiet(milliseconds, work) {
  const begin = async () => {
    if (busy || wanted()) return;
    busy = true;
    await work().catch(() => {});
    busy = false;
    void next();
  };
  setTimeout(() => void begin(), milliseconds).unref();
}

/** @type {Promise<unknown>} */
let tools;
/** @type {(files: Files) => Promise<void>} */
let warm;
/** @type {(header: Asked, files: Files) => Promise<void>} */
let work;

/**
 * Takes requests one after the other, once the tools are loaded; ends the process where they cannot be.
 * @param {Promise<unknown>} loading
 * @param {(files: Files) => Promise<void>} warming gets the template's own (trusted) files
 * @param {(header: Asked, files: Files) => Promise<void>} working gets an app's
 */
export function serve(loading, warming, working) {
  [tools, warm, work] = [loading, warming, working];
  /** @type {Buffer[]} */
  let pending = [];
  let size = 0;
  input.on("data", (chunk) => {
    pending.push(chunk);
    size += chunk.length;
    if (size < 8) return;
    let data = Buffer.concat(pending);
    while (data.length >= 8 && data.length >= 8 + data.readUInt32BE(0) + data.readUInt32BE(4)) {
      const [head, body] = [data.readUInt32BE(0), data.readUInt32BE(4)];
      asked.push([JSON.parse(data.toString("utf8", 8, 8 + head)), data.subarray(8 + head, 8 + head + body)]);
      data = data.subarray(8 + head + body);
    }
    pending = [data];
    size = data.length;
    void next();
  });
  input.on("end", () => process.exit(0));
}

async function next() {
  if (busy) return;
  busy = true;
  for (let request = asked.shift(); request !== undefined; request = asked.shift()) {
    const [header, body] = request;
    const files = unpack(header, body);
    if (header.type === "warm") {
      await warm(files).catch((error) => console.error(error));
      send({ type: "ready" });
    } else {
      await tools;
      send({ type: "started" });
      await work(header, files);
      send({ type: "done" });
    }
  }
  busy = false;
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
