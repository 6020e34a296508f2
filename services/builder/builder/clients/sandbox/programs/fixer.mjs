// Repairs that need no model: small edits of the app's own files, each for one problem and with one way to do it.
import { doubleImport } from "./duplicates.mjs";
import { missingImports } from "./imports.mjs";
import { ancestor, replaced, tokenOf } from "./nodes.mjs";
import { resolved } from "./paths.mjs";
import { oneParent, waiting } from "./syntax.mjs";

/**
 * @typedef {import("./paths.mjs").Files} Files
 * @typedef {import("./edits.mjs").Edit} Edit
 * @typedef {{file: string | null, offset: number, code: string, message: string, suggestion?: string, edits?: Edit[]}} Problem
 * @typedef {{file: string, edit: Edit, reason: string}} Repair
 * @typedef {{file: string, text: string, root: any, ast: any, problem: Problem, tree: Files}} Context `root` is the file's
 *   syntax tree
 */

const MAX_PROBLEMS = 200;
const UNKNOWN_NAME = new Set(["TS2304", "TS2503", "TS2552", "TS2686"]);
const NAME = /'([\w$]+)'/;
const MEANT = /Did you mean (?:to write )?'([^'\n]+)'\?/;
/** @type {Record<string, string>} */
const ATTRIBUTES = {
  autocomplete: "autoComplete", autofocus: "autoFocus", class: "className", colspan: "colSpan", for: "htmlFor",
  maxlength: "maxLength", minlength: "minLength", onblur: "onBlur", onchange: "onChange", onclick: "onClick",
  onfocus: "onFocus", oninput: "onInput", onkeydown: "onKeyDown", onsubmit: "onSubmit", readonly: "readOnly",
  rowspan: "rowSpan", srcset: "srcSet", tabindex: "tabIndex",
};

/**
 * The repairs for what was found; none for a problem that has no single one.
 * @param {Problem[]} problems
 * @param {(file: string) => Promise<any>} parse gives a file's syntax tree
 * @param {any} ast the type checker's functions for syntax trees
 * @param {Files} tree
 * @param {Set<string>} editable the files that may be changed
 * @returns {Promise<Repair[]>}
 */
export async function repairs(problems, parse, ast, tree, editable) {
  const read = (/** @type {string} */ file) => tree.get(file)?.toString("utf8") ?? "";
  /** @type {Repair[]} */
  const found = [];
  const unknown = [];
  for (const problem of problems.slice(0, MAX_PROBLEMS)) {
    const { file } = problem;
    if (file === null) continue;
    if (problem.code === "TS2614" && !editable.has(file)) found.push(...(await exported(problem, file, parse, ast, tree, editable)));
    if (!editable.has(file)) continue;
    for (const edit of problem.edits ?? []) found.push({ file, edit, reason: `repairs: ${problem.message}` });
    const name = NAME.exec(problem.message)?.[1];
    if (UNKNOWN_NAME.has(problem.code) && name !== undefined) unknown.push({ file, offset: problem.offset, name, problem });
    const repair = REPAIRS[problem.code];
    const root = repair && (await parse(file));
    if (root) found.push(...repair({ file, text: root.text, root, ast, problem, tree }));
  }
  const known = new Set();
  const imports = await missingImports(unknown, read, known);
  // A name that can be imported is not misspelled.
  for (const one of unknown.filter((one) => one.problem.code === "TS2552" && !known.has(one))) {
    const root = await parse(one.file);
    found.push(...spelling({ file: one.file, text: root.text, root, ast, problem: one.problem, tree }));
  }
  return [...found, ...imports].filter((repair) => editable.has(repair.file));
}

/** @type {Record<string, (context: Context) => Repair[]>} */
const REPAIRS = {
  TS1003: markupComment, TS1103: waiting, TS1205: typeOnlyExport, TS1308: waiting, TS1361: valueImport,
  TS1448: typeOnlyExport, TS2300: doubleImport, TS2307: specifier, TS2322: attributes, TS2551: spelling,
  TS2561: spelling, TS2578: directive, TS2613: namedImport, TS2614: defaultImport, TS2657: oneParent,
  TS2724: exportSpelling, TS2769: attributes,
};

/**
 * Whether one name is the other but for a slip or two: TypeScript itself proposes also what is farther away.
 * @param {string | undefined} wrong
 * @param {string | undefined} right
 * @returns {right is string}
 */
function near(wrong, right) {
  if (!wrong || !right || !/^[\w$]+$/.test(right)) return false;
  if (wrong.toLowerCase() === right.toLowerCase()) return true;
  let before = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...wrong].entries()) {
    const row = [i + 1];
    for (const [j, other] of [...right].entries()) {
      row.push(Math.min(Number(before[j + 1]) + 1, Number(row[j]) + 1, Number(before[j]) + (letter === other ? 0 : 1)));
    }
    before = row;
  }
  return Number(before.at(-1)) <= Math.min(2, Math.floor(wrong.length / 3));
}

/** A misspelled name, as TypeScript would write it. @param {Context} context */
function spelling(context) {
  const token = tokenOf(context);
  const { message } = context.problem;
  const [wrong, right] = [NAME.exec(message)?.[1], MEANT.exec(message)?.[1]];
  if (!near(wrong, right) || token.text !== wrong || token.kind !== context.ast.SyntaxKind.Identifier) return [];
  if (token.parent.kind === context.ast.SyntaxKind.ShorthandPropertyAssignment) return [];
  return [replaced(context, token, right, `writes ${right} instead of ${wrong}`)];
}

/** A misspelled import, with all its uses. @param {Context} context */
function exportSpelling(context) {
  const { ast, root, problem } = context;
  const right = MEANT.exec(problem.message)?.[1];
  const token = tokenOf(context);
  if (!near(token.text, right) || token.parent?.kind !== ast.SyntaxKind.ImportSpecifier) return [];
  if (token.parent.propertyName !== undefined) return [replaced(context, token, right, `imports ${right}`)];
  /** @type {any[]} */
  const uses = [];
  let taken = false;
  const visit = (/** @type {any} */ node) => {
    if (node.kind === ast.SyntaxKind.Identifier && node.text === token.text) uses.push(node);
    taken ||= node.kind === ast.SyntaxKind.Identifier && node.text === right;
    node.forEachChild(visit);
  };
  visit(root);
  const member = uses.some((node) => node !== token && (node.parent.name === node || node.parent.propertyName === node));
  return taken || member ? [] : uses.map((node) => replaced(context, node, right, `imports ${right}`));
}

/** An import that leads nowhere but for its case, its alias or its old name. @param {Context} context */
function specifier(context) {
  const { problem, text } = context;
  const token = tokenOf(context);
  const { suggestion } = problem;
  if (!suggestion || token.kind !== context.ast.SyntaxKind.StringLiteral || suggestion === token.text) return [];
  const quote = text[token.end - 1];
  return [replaced(context, token, `${quote}${suggestion}${quote}`, `imports from ${suggestion}`)];
}

/** `import A from` of what is exported by its name. @param {Context} context */
function namedImport(context) {
  const { ast, root, text } = context;
  const clause = ancestor(tokenOf(context), ast.SyntaxKind.ImportClause);
  const name = clause?.name;
  if (name === undefined || !context.problem.message.includes(`import { ${name.text} } from`)) return [];
  const named = clause.namedBindings;
  if (named === undefined) return [replaced(context, name, `{ ${name.text} }`, `imports { ${name.text} }`)];
  if (named.kind !== ast.SyntaxKind.NamedImports) return [];
  const inner = text.slice(ast.getTokenPosOfNode(named, root) + 1, named.end - 1).trim();
  const list = [name.text, ...(inner ? [inner] : [])].join(", ");
  const start = ast.getTokenPosOfNode(name, root);
  return [{ file: context.file, edit: { start, end: named.end, text: `{ ${list} }` }, reason: `imports { ${name.text} }` }];
}

/** `import { A } from` of what is exported as the default. @param {Context} context */
function defaultImport(context) {
  const { ast, root, text, file } = context;
  const element = ancestor(tokenOf(context), ast.SyntaxKind.ImportSpecifier);
  const clause = ancestor(element, ast.SyntaxKind.ImportClause);
  if (!clause || clause.name !== undefined || element.propertyName !== undefined || clause.phaseModifier) return [];
  if (!context.problem.message.includes(`import ${element.name.text} from`)) return [];
  const named = clause.namedBindings;
  const others = named.elements.filter((/** @type {any} */ one) => one !== element);
  const list = others.map((/** @type {any} */ one) => text.slice(ast.getTokenPosOfNode(one, root), one.end)).join(", ");
  const whole = `${element.name.text}${list ? `, { ${list} }` : ""}`;
  const written = text.slice(ast.getTokenPosOfNode(named, root), named.end);
  if (/\/[/*]/.test(written)) return []; // a comment would be lost
  const edit = { start: ast.getTokenPosOfNode(named, root), end: named.end, text: whole };
  return [{ file, edit, reason: `imports ${element.name.text} as the default` }];
}

/**
 * What a file of the platform's imports by name is exported so, not as the default.
 * @param {Problem} problem
 * @param {string} file
 * @param {(file: string) => Promise<any>} parse
 * @param {any} ast
 * @param {Files} tree
 * @param {Set<string>} editable
 * @returns {Promise<Repair[]>}
 */
async function exported(problem, file, parse, ast, tree, editable) {
  const { SyntaxKind: Kind } = ast;
  const element = ancestor(ast.getTokenAtPosition(await parse(file), problem.offset), Kind.ImportSpecifier);
  const declaration = ancestor(element, Kind.ImportDeclaration);
  const target = declaration && resolved(declaration.moduleSpecifier.text, file, tree);
  if (!target || !editable.has(target)) return [];
  const root = await parse(target);
  const name = (element.propertyName ?? element.name).text;
  const reason = `exports ${name} by its name`;
  for (const statement of root.statements) {
    const word = statement.modifiers?.find((/** @type {any} */ one) => one.kind === Kind.DefaultKeyword);
    if (word !== undefined && statement.name?.text === name) {
      const start = ast.getTokenPosOfNode(word, root);
      const length = /^default\s+/.exec(root.text.slice(start))?.[0].length ?? 0;
      return [{ file: target, edit: { start, end: start + length, text: "" }, reason }];
    }
    if (statement.kind === Kind.ExportAssignment && statement.expression?.text === name) {
      const start = ast.getTokenPosOfNode(statement, root);
      return [{ file: target, edit: { start, end: statement.end, text: `export { ${name} };` }, reason }];
    }
  }
  return [];
}

/** `import type` of what is used as a value. @param {Context} context */
function valueImport(context) {
  const { ast, root, text, problem } = context;
  const { SyntaxKind: Kind } = ast;
  const name = NAME.exec(problem.message)?.[1];
  for (const { importClause: clause } of root.statements) {
    const names = clause?.namedBindings?.elements ?? [];
    const element = names.find((/** @type {any} */ one) => one.name.text === name);
    if (clause === undefined || (element === undefined && clause.name?.text !== name)) continue;
    const from = clause.phaseModifier === Kind.TypeKeyword || clause.isTypeOnly ? clause : element;
    const start = ast.getTokenPosOfNode(from, root);
    const word = /^type\s+/.exec(text.slice(start))?.[0];
    if (word === undefined) return [];
    return [{ file: context.file, edit: { start, end: start + word.length, text: "" }, reason: `imports ${name} as a value` }];
  }
  return [];
}

/** A type that is exported again as if it were a value. @param {Context} context */
function typeOnlyExport(context) {
  const { ast, root } = context;
  const element = ancestor(tokenOf(context), ast.SyntaxKind.ExportSpecifier);
  if (element === undefined) return [];
  const start = ast.getTokenPosOfNode(element, root);
  return [{ file: context.file, edit: { start, end: start, text: "type " }, reason: `exports ${element.name.text} as a type` }];
}

/** HTML's names of an element's attributes. @param {Context} context */
function attributes(context) {
  const { ast, problem } = context;
  const { SyntaxKind: Kind } = ast;
  const wrong = /Property '([\w-]+)' does not exist on type/.exec(problem.message)?.[1];
  const all = ancestor(tokenOf(context), Kind.JsxAttributes);
  if (wrong === undefined || all === undefined) return [];
  const native = /^[a-z]/.test(all.parent.tagName?.text ?? "");
  const proposed = MEANT.exec(problem.message)?.[1];
  return all.properties.flatMap((/** @type {any} */ one) => {
    const name = one.name?.text;
    const right = (native && ATTRIBUTES[name]) || (name === wrong && near(wrong, proposed) ? proposed : undefined);
    if (one.kind !== Kind.JsxAttribute || right === undefined || name === right) return [];
    return [replaced(context, one.name, right, `writes ${right} instead of ${name}`)];
  });
}

/** An `@ts-expect-error` where there is none. @param {Context} context */
function directive(context) {
  const { text, problem, file } = context;
  const begin = text.lastIndexOf("\n", problem.offset - 1) + 1;
  const end = text.indexOf("\n", begin) + 1 || text.length;
  const line = text.slice(begin, end);
  const reason = "removes an unused @ts-expect-error";
  if (/^\s*(?:\/\/\s*@ts-expect-error|\{?\/\*\s*@ts-expect-error\s*\*\/\}?)\s*$/.test(line)) return [{ file, edit: { start: begin, end, text: "" }, reason }];
  const at = text.indexOf("@ts-expect-error", problem.offset);
  if (at < begin || at >= end) return [];
  const length = /^@ts-expect-error[ :-]*/.exec(text.slice(at, end))?.[0].length ?? 0;
  return [{ file, edit: { start: at, end: at + length, text: "" }, reason }];
}

/** HTML's comment in JSX. @param {Context} context */
function markupComment(context) {
  const { text, problem, file } = context;
  const start = problem.offset - 1;
  const end = text.indexOf("-->", start);
  if (!text.startsWith("<!--", start) || end < 0) return [];
  const words = text.slice(start + 4, end);
  return words.includes("*/") ? [] : [{ file, edit: { start, end: end + 3, text: `{/*${words}*/}` }, reason: "writes a comment as JSX has it" }];
}
