// Repairs of code that cannot be read as it was meant: `await` outside of async functions, elements without a parent.
import { ancestor, tokenOf } from "./nodes.mjs";

/**
 * @typedef {import("./fixer.mjs").Context} Context
 * @typedef {import("./fixer.mjs").Repair} Repair
 */

// Nobody looks at what is returned by a function that is handed to these.
const IGNORING = /^(?:setTimeout|setInterval|queueMicrotask|startTransition|then|catch|finally|addEventListener)$/;
const EFFECTS = /^use(?:Layout|Insertion)?Effect$/;
// Components and hooks cannot wait.
const CANNOT_WAIT = /^(?:[A-Z]|use[A-Z])/;
const HANDLER = /^on[A-Z]/;

/** `await` in a function that is not async. @param {Context} context @returns {Repair[]} */
export function waiting(context) {
  const { ast: { SyntaxKind: Kind }, file } = context;
  const kinds = [Kind.ArrowFunction, Kind.FunctionExpression, Kind.FunctionDeclaration, Kind.MethodDeclaration];
  const own = ancestor(tokenOf(context), ...kinds, Kind.Constructor, Kind.GetAccessor, Kind.SetAccessor);
  if (own === undefined || !kinds.includes(own.kind) || own.asteriskToken !== undefined) return [];
  const called = own.parent.kind === Kind.CallExpression ? calledName(own.parent) : undefined;
  if (EFFECTS.test(called ?? "")) return effect(context, own);
  if (!mayBeAsync(own, called, Kind)) return [];
  const reason = "waits in an async function";
  return [{ file, edit: asyncWord(context, own), reason }, ...promised(context, own, reason)];
}

/** @param {any} call */
const calledName = ({ expression }) => expression.name?.text ?? expression.text;

/**
 * Whether a promise can be the function's answer.
 * @param {any} own
 * @param {string | undefined} called what it is handed to
 * @param {any} Kind
 */
function mayBeAsync(own, called, Kind) {
  if (called !== undefined && called !== "useCallback") return IGNORING.test(called);
  const holder = called === undefined ? own.parent : own.parent.parent;
  const attribute = holder.kind === Kind.JsxExpression ? holder.parent : undefined;
  if (attribute !== undefined) return HANDLER.test(attribute.name?.text ?? "");
  const holds = [Kind.VariableDeclaration, Kind.PropertyAssignment, Kind.PropertyDeclaration].includes(holder.kind);
  const name = own.name?.text ?? (holds ? holder.name?.text : undefined);
  return typeof name === "string" && !CANNOT_WAIT.test(name);
}

/** @param {Context} context @param {any} own */
function asyncWord({ ast, root, text }, own) {
  const last = own.modifiers?.at(-1);
  const start = last === undefined ? ast.getTokenPosOfNode(own, root) : last.end + (/^\s+/.exec(text.slice(last.end))?.[0].length ?? 0);
  return { start, end: start, text: "async " };
}

/** The type of its answer as a promise. @param {Context} context @param {any} own @param {string} reason @returns {Repair[]} */
function promised({ ast, root, text, file }, own, reason) {
  if (own.type === undefined) return [];
  const start = ast.getTokenPosOfNode(own.type, root);
  const type = text.slice(start, own.type.end);
  if (/^Promise\b/.test(type)) return [];
  return [{ file, edit: { start, end: own.type.end, text: `Promise<${type}>` }, reason }];
}

/** An effect answers with what ends it, or nothing: the waiting goes into a function of its own. @param {Context} context @param {any} own @returns {Repair[]} */
function effect({ ast, root, text, file }, own) {
  const { SyntaxKind: Kind } = ast;
  const functions = [Kind.ArrowFunction, Kind.FunctionExpression, Kind.FunctionDeclaration, Kind.MethodDeclaration];
  const answers = (/** @type {any} */ node) => {
    if (functions.includes(node.kind)) return false;
    return (node.kind === Kind.ReturnStatement && node.expression !== undefined) || node.forEachChild((/** @type {any} */ child) => answers(child) || undefined) === true;
  };
  if (own.body.kind !== Kind.Block || answers(own.body)) return [];
  const [first, last] = [own.body.statements[0], own.body.statements.at(-1)];
  const start = ast.getTokenPosOfNode(first, root);
  const line = text.slice(text.lastIndexOf("\n", start) + 1, start);
  const between = /^[ \t]*$/.test(line) ? `\n${line}` : " ";
  const reason = "waits in an async function of the effect";
  return [
    { file, edit: { start, end: start, text: `void (async () => {${between}` }, reason },
    { file, edit: { start: last.end, end: last.end, text: `${between}})();` }, reason },
  ];
}

/** Elements side by side where one is needed. @param {Context} context @returns {Repair[]} */
export function oneParent(context) {
  const { ast, root, text, file } = context;
  const { SyntaxKind: Kind } = ast;
  let whole = ancestor(tokenOf(context), Kind.JsxElement, Kind.JsxSelfClosingElement, Kind.JsxFragment);
  // The parser reads them as a list to which commas are missing.
  while (whole?.parent.kind === Kind.BinaryExpression && isMissing(whole.parent.operatorToken)) whole = whole.parent;
  if (whole?.kind !== Kind.BinaryExpression) return [];
  const start = ast.getTokenPosOfNode(whole, root);
  const line = text.slice(text.lastIndexOf("\n", start) + 1, start);
  const between = /^[ \t]*$/.test(line) ? `\n${line}` : "";
  const reason = "puts elements side by side into one";
  return [
    { file, edit: { start, end: start, text: `<>${between}` }, reason },
    { file, edit: { start: whole.end, end: whole.end, text: `${between}</>` }, reason },
  ];
}

/** @param {any} token */
const isMissing = (token) => token.end === token.pos;
