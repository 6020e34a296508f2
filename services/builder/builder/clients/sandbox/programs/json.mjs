// Where a JSON text stops being JSON.

/**
 * @typedef {import("./edits.mjs").Edit} Edit
 * @typedef {{offset: number, message: string, edits?: Edit[]}} Flaw `edits` repair the text, where there is one way to
 */

const TOKEN = /[ \t\r\n]+|[{}[\]:,]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b/y;
const OPEN = "{[";
const CLOSE = "}]";

/**
 * The first flaw; undefined for what is JSON. Linear in the text, and with a stack of its own.
 *
 * Commas too few and too many are noted and read over: they alone can be repaired.
 * @param {string} text
 * @returns {Flaw | undefined}
 */
export function flaw(text) {
  const reader = new Reader();
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return reader.first ?? unknown(text, at);
    if (token.trim() !== "") {
      const found = reader.take(token, at);
      if (found !== undefined) return reader.first ?? found;
    }
    at += token.length;
  }
  if (!reader.complete) return reader.first ?? { offset: text.trimEnd().length, message: "The text ends too early." };
  return reader.first && { ...reader.first, edits: reader.edits };
}

/** What has been read, and by that what may follow. */
class Reader {
  /** @type {string[]} */
  stack = [];
  state = "value";
  /** Where a comma stands that nothing has followed yet, else -1. */
  comma = -1;
  end = 0;
  /** The first comma too few or too many. @type {Flaw | undefined} */
  first;
  /** @type {Edit[]} */
  edits = [];

  /**
   * @param {number} offset
   * @param {string} message
   * @param {Edit} edit
   */
  note(offset, message, edit) {
    this.first ??= { offset, message };
    this.edits.push(edit);
  }

  get complete() {
    return this.state === "after" && this.stack.length === 0;
  }

  /**
   * @param {string} token
   * @param {number} begin
   * @returns {Flaw | undefined}
   */
  take(token, begin) {
    const found = CLOSE.includes(token) ? this.close(token, begin) : this.open(token, begin);
    this.comma = token === "," ? begin : -1;
    this.end = begin + token.length;
    return found;
  }

  /**
   * @param {string} token
   * @param {number} begin
   * @returns {Flaw | undefined}
   */
  close(token, begin) {
    const { comma, state } = this;
    if (comma >= 0) this.note(comma, "There is a comma too much.", { start: comma, end: comma + 1, text: "" });
    const ended = comma >= 0 || state === "after" || state.endsWith("first");
    if (this.stack.pop() !== OPEN[CLOSE.indexOf(token)] || !ended) {
      return { offset: begin, message: `Unexpected \`${token}\`.` };
    }
    this.state = "after";
    return undefined;
  }

  /**
   * @param {string} token anything that closes nothing
   * @param {number} begin
   * @returns {Flaw | undefined}
   */
  open(token, begin) {
    const { state, end } = this;
    const inside = this.stack.at(-1);
    if (token === ",") {
      if (state !== "after" || inside === undefined) return { offset: begin, message: "Unexpected `,`." };
      this.state = inside === "{" ? "name" : "value";
    } else if (token === ":") {
      if (state !== "colon") return { offset: begin, message: "Unexpected `:`." };
      this.state = "value";
    } else if (state === "after") {
      if (inside === undefined) return { offset: begin, message: "There is more than one value." };
      this.note(begin, "A comma is missing before this.", { start: end, end, text: "," });
      this.state = inside === "{" ? "name" : "value";
      return this.open(token, begin);
    } else if (state === "name" || state === "name first") {
      if (!token.startsWith('"')) return { offset: begin, message: "A name in double quotes is missing here." };
      this.state = "colon";
    } else if (state === "colon") {
      return { offset: begin, message: "A `:` is missing before this." };
    } else if (OPEN.includes(token)) {
      this.stack.push(token);
      this.state = token === "{" ? "name first" : "value first";
    } else this.state = "after";
    return undefined;
  }
}

/**
 * @param {string} text
 * @param {number} offset
 * @returns {Flaw}
 */
function unknown(text, offset) {
  const rest = text.slice(offset, offset + 40);
  if (/^\/[/*]/.test(rest)) return { offset, message: "JSON has no comments." };
  if (rest.startsWith("'")) return { offset, message: "Texts and names need double quotes." };
  if (rest.startsWith('"')) return { offset, message: "The text is not closed, or holds what must be escaped." };
  const word = /^[\w$.-]+/.exec(rest)?.[0];
  return { offset, message: word ? `\`${word}\` is no JSON value; names and texts need double quotes.` : "This is no JSON." };
}
