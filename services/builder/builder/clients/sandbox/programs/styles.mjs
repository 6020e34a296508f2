// What is wrong with a style sheet that no tool says, or says without its line.

/**
 * @typedef {{offset: number, code: string, message: string, edits?: import("./edits.mjs").Edit[]}} Flaw
 * @typedef {{offset: number, text: string}} Url
 */

const SASS = "Only CSS is understood here, no Sass:";
const AT_RULES = /^@(?:mixin|include|extend|use|forward|each|for|while|if|else|return|debug|warn|error|content)\b/;
const PART = /\/\*|["']|url\(\s*|[{};]|\/\//giy;
const NOT_READ = /"[^"\n]*"|'[^'\n]*'|\/\*[^]*?\*\/|\\./g;
const SKIPPED = /[^/"'{};u]+/iy;

/**
 * The flaws and the addresses of a style sheet's `url(…)`; linear in the text.
 * @param {string} text
 * @returns {{flaws: Flaw[], urls: Url[]}}
 */
export function styles(text) {
  const reader = new Reader(text);
  for (let at = 0; at < text.length; ) {
    SKIPPED.lastIndex = PART.lastIndex = at;
    const plain = SKIPPED.exec(text)?.[0];
    at = plain === undefined ? reader.take(PART.exec(text)?.[0].toLowerCase(), at) : at + plain.length;
  }
  const open = reader.blocks.at(-1);
  if (open !== undefined) reader.flaws.push(unclosed(text, open));
  return reader;
}

/** Goes through a style sheet, statement by statement. */
class Reader {
  /** @type {Flaw[]} */
  flaws = [];
  /** @type {Url[]} */
  urls = [];
  /** @type {number[]} */
  blocks = [];
  /** Where the statement began that is being read. */
  begun = 0;

  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  /**
   * Takes one part and answers where the next begins.
   * @param {string | undefined} part
   * @param {number} at
   * @returns {number}
   */
  take(part, at) {
    if (part === undefined) return at + 1;
    if (part === "/*") return this.comment(at);
    if (part === "//") return this.lineComment(at);
    if (part.startsWith("url(")) return this.url(at, part.length);
    if (part === '"' || part === "'") return this.string(at);
    this.flaws.push(...sass(this.text, this.begun, at, part));
    this.begun = at + 1;
    if (part === "{") this.blocks.push(at);
    else if (part === "}" && this.blocks.pop() === undefined) this.syntax(at, "This } closes nothing.");
    return at + 1;
  }

  /**
   * @param {number} offset
   * @param {string} message
   */
  syntax(offset, message) {
    this.flaws.push({ offset, code: "css-syntax", message });
  }

  /** @param {number} at */
  comment(at) {
    const end = this.text.indexOf("*/", at + 2);
    if (end < 0) this.syntax(at, "The comment is not closed.");
    return end < 0 ? this.text.length : this.skipped(at, end + 2);
  }

  /** @param {number} at */
  lineComment(at) {
    const end = lineEnd(this.text, at);
    this.flaws.push(lineComment(this.text, at, end));
    return this.skipped(at, end);
  }

  /**
   * A comment before a statement does not belong to it.
   * @param {number} at
   * @param {number} end
   */
  skipped(at, end) {
    if (this.text.slice(this.begun, Math.min(at, this.begun + 2000)).trim() === "") this.begun = end;
    return end;
  }

  /**
   * @param {number} at
   * @param {number} length
   */
  url(at, length) {
    const begin = at + length;
    const address = /^(?:"[^"\n]*"|'[^'\n]*'|[^"'()\s]*)/.exec(this.text.slice(begin, begin + 2000))?.[0] ?? "";
    this.urls.push({ offset: at, text: address.replace(/^["']|["']$/g, "") });
    const close = this.text.indexOf(")", begin + address.length);
    return close < 0 ? this.text.length : close + 1;
  }

  /** @param {number} at */
  string(at) {
    const end = stringEnd(this.text, at);
    if (end === undefined) this.syntax(at, "The text is not closed.");
    return end ?? lineEnd(this.text, at);
  }
}

/**
 * @param {string} text
 * @param {number} at
 */
function lineEnd(text, at) {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/**
 * @param {string} text
 * @param {number} at
 */
function stringEnd(text, at) {
  const quote = text[at];
  for (let i = at + 1; i < text.length && text[i] !== "\n"; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === quote) return i + 1;
  }
  return undefined;
}

/**
 * @param {string} text
 * @param {number} open
 * @returns {Flaw}
 */
function unclosed(text, open) {
  const begin = Math.max(text.lastIndexOf("\n", open), text.lastIndexOf("}", open), text.lastIndexOf(";", open)) + 1;
  const selector = text.slice(begin, open).trim();
  const offset = begin + text.slice(begin, open).search(/\S|$/);
  return { offset, code: "css-syntax", message: `Missing closing } at ${selector.slice(0, 80)}` };
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} end
 * @returns {Flaw}
 */
function lineComment(text, at, end) {
  const words = text.slice(at + 2, end).trim();
  const message = `${SASS} \`//\` begins no comment, write /* … */.`;
  const edits = words.includes("*/") ? [] : [{ start: at, end, text: words ? `/* ${words} */` : "" }];
  return { offset: at, code: "sass-syntax", message, edits };
}

/**
 * @param {string} text
 * @param {number} begin
 * @param {number} end
 * @param {string} by what ends the statement
 * @returns {Flaw[]}
 */
function sass(text, begin, end, by) {
  const raw = text.slice(begin, Math.min(end, begin + 2000));
  const offset = begin + raw.search(/\S|$/);
  const words = raw.replace(NOT_READ, " ").trimStart();
  const found = (/** @type {string} */ what) => [{ offset, code: "sass-syntax", message: `${SASS} ${what}` }];
  const rule = AT_RULES.exec(words)?.[0];
  if (rule !== undefined && !(rule === "@content" && by === "{")) return found(`there is no ${rule}.`);
  const suffix = /(?:^|[\s,>+~(])(&[-_][\w-]*)/.exec(words)?.[1];
  if (by === "{" && suffix !== undefined) return found(`\`${suffix}\` puts no name together, write the whole class.`);
  if (words.startsWith("%") && by === "{") return found("there are no placeholders.");
  if (words.includes("#{")) return found("`#{…}` is no CSS.");
  const variable = /(?:^|[\s:(,+*/-])(\$[A-Za-z_][\w-]*)/.exec(by === "{" && !words.startsWith("@") ? "" : words)?.[1];
  return variable === undefined ? [] : found(`\`${variable}\` is no variable, write --${variable.slice(1)} and var(--${variable.slice(1)}).`);
}
