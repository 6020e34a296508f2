// Missing imports, as TypeScript's own language server proposes them.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./channel.mjs";

/**
 * @typedef {import("./edits.mjs").Edit} Edit
 * @typedef {{file: string, offset: number, name: string}} Missing
 * @typedef {{start: {line: number, character: number}, end: {line: number, character: number}}} Range
 * @typedef {{title: string, kind?: string, edit?: {changes?: Record<string, {range: Range, newText: string}[]>}}} Action
 */

const SECONDS = 30;
const MAX_NAMES = 60;
const PROPOSAL = /^(?:Update import from|Add import from|Change '[^']*' to) "([^"]+)"$/;
const ADDED = /^import (\S.*) from "([^"]+)";(\n+)$/;
// A package's modules that a page has use for; all others that the server proposes are its inner life.
const PUBLIC = new Set(["react", "react-dom", "react-dom/client", "react-router", "react-router/dom"]);

/**
 * The edits that import what is missing, where there is one module to import it from. `known` gets what can be
 * imported at all.
 * @param {Missing[]} missing
 * @param {(file: string) => string} read
 * @param {Set<Missing>} known
 * @returns {Promise<{file: string, edit: Edit, reason: string}[]>}
 */
export async function missingImports(missing, read, known) {
  if (missing.length === 0) return [];
  const server = new Server();
  const late = setTimeout(() => server.stop(), SECONDS * 1000);
  try {
    return await server.propose(missing.slice(0, MAX_NAMES), read, known);
  } catch (error) {
    console.error("Imports could not be proposed:", error instanceof Error ? error.message : error);
    return [];
  } finally {
    clearTimeout(late);
    server.stop();
  }
}

/** The type checker's program as a language server, for one question. */
class Server {
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
  waiting = new Map();
  asked = 0;
  /** @type {Buffer} */
  arrived = Buffer.alloc(0);

  constructor() {
    const home = fs.realpathSync(path.join(ROOT, "node_modules/@typescript"));
    const folder = fs.readdirSync(home).find((name) => name.startsWith("typescript-"));
    this.process = spawn(path.join(home, String(folder), "lib/tsc"), ["--lsp", "--stdio"], { stdio: ["pipe", "pipe", "ignore"], cwd: ROOT });
    this.process.on("error", (error) => this.fail(error));
    this.process.on("exit", () => this.fail(new Error("the language server ended")));
    this.process.stdin.on("error", () => {});
    this.process.stdout.on("data", (chunk) => this.take(chunk));
  }

  stop() {
    this.process.kill("SIGKILL");
  }

  /** @param {Error} error */
  fail(error) {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  /** @param {Buffer} chunk */
  take(chunk) {
    this.arrived = Buffer.concat([this.arrived, chunk]);
    for (;;) {
      const head = this.arrived.indexOf("\r\n\r\n");
      const size = head < 0 ? NaN : Number(/Content-Length: (\d+)/i.exec(this.arrived.toString("latin1", 0, head))?.[1]);
      if (!(this.arrived.length >= head + 4 + size)) return;
      const message = JSON.parse(this.arrived.toString("utf8", head + 4, head + 4 + size));
      this.arrived = this.arrived.subarray(head + 4 + size);
      // What the server asks of an editor has an empty answer.
      if (message.method !== undefined) {
        if (message.id !== undefined) this.send({ id: message.id, result: message.params?.items?.map(() => null) ?? null });
        continue;
      }
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) waiting?.reject(new Error(String(message.error.message)));
      else waiting?.resolve(message.result);
    }
  }

  /** @param {Record<string, unknown>} message */
  send(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  /**
   * @param {string} method
   * @param {unknown} params
   * @returns {Promise<any>}
   */
  ask(method, params) {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ id, method, params });
    });
  }

  /**
   * @param {Missing[]} missing
   * @param {(file: string) => string} read
   * @param {Set<Missing>} known
   */
  async propose(missing, read, known) {
    const textDocument = { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix"] } } }, diagnostic: {} };
    await this.ask("initialize", { processId: null, rootUri: pathToFileURL(ROOT).href, capabilities: { textDocument } });
    this.send({ method: "initialized", params: {} });
    const found = [];
    for (const file of new Set(missing.map((one) => one.file))) {
      const uri = pathToFileURL(path.join(ROOT, file)).href;
      const text = read(file);
      const languageId = file.endsWith("x") ? "typescriptreact" : "typescript";
      this.send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId, version: 1, text } } });
      const { items } = await this.ask("textDocument/diagnostic", { textDocument: { uri } });
      for (const one of missing.filter((one) => one.file === file)) {
        const { offset, name } = one;
        const diagnostic = items.find((/** @type {{range: Range}} */ item) => offsetOf(text, item.range.start) === offset);
        if (diagnostic === undefined) continue;
        const context = { diagnostics: [diagnostic], only: ["quickfix"], triggerKind: 1 };
        const actions = await this.ask("textDocument/codeAction", { textDocument: { uri }, range: diagnostic.range, context });
        const proposals = proposed(actions ?? [], uri);
        if (proposals.length > 0) known.add(one);
        for (const { range, newText } of proposals.length === 1 ? proposals.flatMap(({ edits }) => edits) : []) {
          const edit = { start: offsetOf(text, range.start), end: offsetOf(text, range.end), text: newText };
          found.push({ file, edit, name });
        }
      }
    }
    return together(found);
  }
}

/**
 * @param {string} text
 * @param {{line: number, character: number}} position
 */
function offsetOf(text, { line, character }) {
  let begin = 0;
  for (let number = 0; number < line; number++) begin = text.indexOf("\n", begin) + 1 || text.length;
  return begin + character;
}

/**
 * The proposals that are left when an index stands for what it gathers, and the app comes before packages.
 * @param {Action[]} actions
 * @param {string} uri
 */
function proposed(actions, uri) {
  const proposals = actions.flatMap((action) => {
    const module = PROPOSAL.exec(action.title)?.[1];
    const edits = action.edit?.changes?.[uri];
    const known = module !== undefined && (isOwn(module) || PUBLIC.has(module));
    return known && edits && Object.keys(action.edit?.changes ?? {}).length === 1 ? [{ module, edits }] : [];
  });
  const own = proposals.filter(({ module }) => isOwn(module));
  const left = own.length > 0 ? own : proposals;
  return left.filter(({ module }) => !left.some((other) => module.startsWith(`${other.module}/`)));
}

/** @param {string} module */
const isOwn = (module) => module.startsWith("@/") || module.startsWith(".");

/**
 * Imports that are added at one offset as one block: packages first, the names of a module together.
 * @param {{file: string, edit: Edit, name: string}[]} found
 */
function together(found) {
  /** @type {Map<string, {file: string, edit: Edit, name: string}[]>} */
  const groups = new Map();
  for (const one of found) {
    const key = ADDED.test(one.edit.text) ? `${one.file} ${one.edit.start}` : `${one.file} ${one.edit.start} ${one.edit.text}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const reason = `imports ${[...new Set(own.map((one) => one.name))].join(", ")}`;
    const text = ADDED.test(first.edit.text) ? block(own.map((one) => one.edit.text)) : first.edit.text;
    return [{ file: first.file, edit: { ...first.edit, text }, reason }];
  });
}

/** @param {string[]} imports */
function block(imports) {
  /** @type {Map<string, Set<string>>} */
  const modules = new Map();
  let tail = "";
  for (const text of imports) {
    const [, what = "", from = "", end = ""] = ADDED.exec(text) ?? [];
    const [, names] = /^\{ (.+) \}$/.exec(what) ?? [];
    const key = JSON.stringify([from, names === undefined ? what : ""]);
    modules.set(key, new Set([...(modules.get(key) ?? []), ...(names ?? "").split(", ")].filter(Boolean)));
    if (end.length > tail.length) tail = end;
  }
  const keys = [...modules.keys()].map((key) => /** @type {[string, string]} */ (JSON.parse(key)));
  keys.sort(([a], [b]) => Number(isOwn(a)) - Number(isOwn(b)) || (a < b ? -1 : 1));
  const lines = keys.map(([from, what]) => {
    const names = [...(modules.get(JSON.stringify([from, what])) ?? [])].sort();
    return `import ${what || `{ ${names.join(", ")} }`} from "${from}";`;
  });
  return lines.join("\n") + tail;
}
