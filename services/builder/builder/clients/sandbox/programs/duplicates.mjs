// Names that a file imports more than once from the same module.
import { ancestor, tokenOf } from "./nodes.mjs";
import { resolved } from "./paths.mjs";

/**
 * @typedef {import("./fixer.mjs").Context} Context
 * @typedef {import("./fixer.mjs").Repair} Repair
 * @typedef {{node: any, declaration: any, name: string, what: string, isType: boolean}} Binding a local name, and
 *   what of which module it stands for
 */

/** A second import of what is imported already. @param {Context} context @returns {Repair[]} */
export function doubleImport(context) {
  const { ast: { SyntaxKind: Kind }, root } = context;
  const declaration = ancestor(tokenOf(context), Kind.ImportDeclaration);
  if (declaration === undefined) return [];
  const all = root.statements.flatMap((/** @type {any} */ one) => bindings(one, context));
  const needless = all.filter((/** @type {Binding} */ one) => one.declaration === declaration && !isKept(one, all));
  return needless.length > 0 ? [without(context, declaration, needless)] : [];
}

/**
 * Whether the binding is the one that stays of all that are the same: the first that is no mere type.
 * @param {Binding} binding
 * @param {Binding[]} all
 */
function isKept({ node, name, what }, all) {
  const named = all.filter((one) => one.name === name);
  if (named.some((one) => one.what !== what)) return true; // which of them is meant, nobody knows
  return (named.find((one) => !one.isType) ?? named[0])?.node === node;
}

/**
 * @param {any} declaration
 * @param {Context} context
 * @returns {Binding[]}
 */
function bindings(declaration, { ast: { SyntaxKind: Kind }, file, tree }) {
  const clause = declaration.importClause;
  if (declaration.kind !== Kind.ImportDeclaration || clause === undefined) return [];
  const module = resolved(declaration.moduleSpecifier.text, file, tree) ?? declaration.moduleSpecifier.text;
  const types = clause.isTypeOnly || clause.phaseModifier === Kind.TypeKeyword;
  const binding = (/** @type {any} */ node, /** @type {string} */ what, isType = types) =>
    ({ node, declaration, name: node.name.text, what: `${module}#${what}`, isType });
  const named = clause.namedBindings;
  return [
    ...(clause.name ? [binding(clause, "default")] : []),
    ...(named?.kind === Kind.NamespaceImport ? [binding(named, "*")] : []),
    ...(named?.elements ?? []).map((/** @type {any} */ one) =>
      binding(one, (one.propertyName ?? one.name).text, types || one.isTypeOnly)),
  ];
}

/**
 * The declaration without these; nothing of it if it has no others.
 * @param {Context} context
 * @param {any} declaration
 * @param {Binding[]} needless
 * @returns {Repair}
 */
function without({ ast, root, text, file }, declaration, needless) {
  const reason = `imports ${needless.map((one) => one.name).join(", ")} once`;
  const gone = new Set(needless.map((one) => one.node));
  const clause = declaration.importClause;
  const written = (/** @type {any} */ node) => text.slice(ast.getTokenPosOfNode(node, root), node.end);
  const elements = clause.namedBindings?.elements;
  const left = elements?.filter((/** @type {any} */ one) => !gone.has(one)).map(written) ?? [];
  const parts = [
    ...(clause.name && !gone.has(clause) ? [written(clause.name)] : []),
    ...(clause.namedBindings && elements === undefined && !gone.has(clause.namedBindings) ? [written(clause.namedBindings)] : []),
    ...(left.length > 0 ? [`{ ${left.join(", ")} }`] : []),
  ];
  const start = ast.getTokenPosOfNode(declaration, root);
  if (parts.length === 0) {
    const line = /^[ \t]*\r?\n/.exec(text.slice(declaration.end))?.[0].length ?? 0;
    return { file, edit: { start, end: declaration.end + line, text: "" }, reason };
  }
  const from = ast.getTokenPosOfNode(clause.name ?? clause.namedBindings, root);
  return { file, edit: { start: from, end: clause.end, text: parts.join(", ") }, reason };
}
