// Imports in a circle, and values that are used in it before they exist.
import { resolved } from "./paths.mjs";

/**
 * @typedef {import("./paths.mjs").Files} Files
 * @typedef {import("./rules.mjs").Module} Module
 * @typedef {import("./rules.mjs").Finding} Finding
 * @typedef {{name: string, from: string, imported: string}} Binding a name here, and what it is called where it is from
 * @typedef {{file: string, imports: string[], bindings: Binding[], exports: Binding[], all: string[],
 *   late: Set<string>, uses: {name: string, offset: number}[]}} Facts
 *   `late` are what is declared here and does not exist before its line has run, under the names it is exported by;
 *   `uses` are the imported names that are needed while the file itself is run
 */

const ENTRY = "src/main.tsx";
const SPECIFIER = /(?:\bfrom|\bimport)\s*["']([^"'\n]+)["']/g;

/**
 * The uses of what does not exist yet, in the order in which the files run.
 * @param {string[]} files
 * @param {Files} tree
 * @param {(file: string) => Promise<Module>} parsed
 * @returns {Promise<Finding[]>}
 */
export async function cycles(files, tree, parsed) {
  const edges = new Map(files.map((file) => [file, targets(file, tree)]));
  const circular = inCircles(edges);
  if (circular.size === 0) return [];
  // All of them: which file of a circle runs first is decided by those outside.
  const modules = await Promise.all(files.map(parsed));
  return early(new Map(modules.map((module) => [module.file, factsOf(module, tree)])));
}

/**
 * @param {string} file
 * @param {Files} tree
 */
function targets(file, tree) {
  const text = tree.get(file)?.toString("utf8") ?? "";
  const found = [...text.matchAll(SPECIFIER)].map((match) => resolved(String(match[1]), file, tree));
  return found.filter((name) => name !== undefined);
}

/**
 * The files from which a way leads back to themselves.
 * @param {Map<string, string[]>} edges
 * @returns {Set<string>}
 */
function inCircles(edges) {
  // What nothing leads to, and what leads nowhere, is taken away until circles and what lies between are left.
  const left = new Map([...edges].map(([file, targets]) => [file, new Set(targets.filter((name) => edges.has(name)))]));
  for (const towards of [true, false]) {
    /** @type {Map<string, Set<string>>} */
    const into = new Map([...left.keys()].map((file) => [file, new Set()]));
    for (const [file, targets] of left) for (const target of targets) (towards ? into.get(target)?.add(file) : into.get(target)?.add(file));
    const next = [...left.keys()].filter((file) => (towards ? left.get(file) : into.get(file))?.size === 0);
    for (let file = next.pop(); file !== undefined; file = next.pop()) {
      const [targets, sources] = [left.get(file) ?? new Set(), into.get(file) ?? new Set()];
      left.delete(file);
      for (const source of sources) {
        left.get(source)?.delete(file);
        if (towards && left.get(source)?.size === 0) next.push(source);
      }
      for (const target of targets) {
        into.get(target)?.delete(file);
        if (!towards && left.has(target) && into.get(target)?.size === 0) next.push(target);
      }
    }
  }
  return new Set(left.keys());
}

/**
 * Runs the files as a browser would, without their functions.
 * @param {Map<string, Facts>} facts
 * @returns {Finding[]}
 */
function early(facts) {
  /** @type {Finding[]} */
  const found = [];
  const begun = new Set([ENTRY]);
  const done = new Set();
  const stack = [{ file: ENTRY, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const target = facts.get(top.file)?.imports[top.next++];
    if (target !== undefined) {
      if (!begun.has(target) && facts.has(target)) {
        begun.add(target);
        stack.push({ file: target, next: 0 });
      }
      continue;
    }
    stack.pop();
    const here = facts.get(top.file);
    if (here !== undefined) found.push(...usesOf(here, facts, done));
    done.add(top.file);
  }
  return found;
}

/**
 * @param {Facts} here
 * @param {Map<string, Facts>} facts
 * @param {Set<unknown>} done
 * @returns {Finding[]}
 */
function usesOf(here, facts, done) {
  return here.uses.flatMap(({ name, offset }) => {
    const binding = here.bindings.find((one) => one.name === name);
    const origin = binding && originOf(binding, facts, new Set());
    if (origin === undefined || done.has(origin.file) || !facts.get(origin.file)?.late.has(origin.name)) return [];
    const message = `${name} is used before it exists: this file and ${origin.file} import each other, and this one runs first. Move what both need to a file that imports neither.`;
    return [{ file: here.file, offset, code: "circular-import", message }];
  });
}

/**
 * The file, of those in circles, that declares what is imported.
 * @param {Binding} binding
 * @param {Map<string, Facts>} facts
 * @param {Set<string>} seen
 * @returns {{file: string, name: string} | undefined}
 */
function originOf(binding, facts, seen) {
  const there = facts.get(binding.from);
  const key = `${binding.from}\n${binding.imported}`;
  if (there === undefined || seen.has(key) || seen.size > 100) return undefined;
  seen.add(key);
  if (there.late.has(binding.imported)) return { file: there.file, name: binding.imported };
  const passed = there.exports.filter((one) => one.name === binding.imported);
  const starred = there.all.map((from) => ({ name: "", from, imported: binding.imported }));
  for (const next of [...passed, ...starred]) {
    const origin = originOf(next, facts, seen);
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/**
 * @param {Module} module
 * @param {Files} tree
 * @returns {Facts}
 */
function factsOf({ file, ast, root }, tree) {
  const { SyntaxKind: Kind } = ast;
  /** @type {Facts} */
  const facts = { file, imports: [], bindings: [], exports: [], all: [], late: new Set(), uses: [] };
  const used = valuesIn(root, ast);
  const locals = new Map();
  for (const statement of root.statements) {
    const from = statement.moduleSpecifier && resolved(statement.moduleSpecifier.text, file, tree);
    if (statement.kind === Kind.ImportDeclaration && from) importsOf(statement, from, facts, used, Kind);
    else if (statement.kind === Kind.ExportDeclaration) exportsOf(statement, from, facts, locals, Kind);
    else if (statement.kind === Kind.ExportAssignment) facts.late.add("default");
    else declared(statement, facts, Kind);
  }
  for (const [name, as] of locals) if (facts.late.has(`local ${name}`)) facts.late.add(as);
  facts.uses = eager(root, ast, new Set(facts.bindings.map((binding) => binding.name)));
  return facts;
}

/**
 * @param {any} statement
 * @param {string} from
 * @param {Facts} facts
 * @param {Set<string>} used
 * @param {any} Kind
 */
function importsOf(statement, from, facts, used, Kind) {
  const clause = statement.importClause;
  if (clause === undefined) return void facts.imports.push(from);
  if (clause.phaseModifier === Kind.TypeKeyword || clause.isTypeOnly) return;
  const named = clause.namedBindings?.elements ?? [];
  /** @type {Binding[]} */
  const bindings = named
    .filter((/** @type {any} */ element) => !element.isTypeOnly)
    .map((/** @type {any} */ element) => ({ name: element.name.text, from, imported: (element.propertyName ?? element.name).text }));
  if (clause.name !== undefined) bindings.push({ name: clause.name.text, from, imported: "default" });
  const star = clause.namedBindings?.kind === Kind.NamespaceImport ? clause.namedBindings.name.text : undefined;
  // What is used as a type only is not imported when the app runs.
  const kept = bindings.filter((binding) => used.has(binding.name));
  facts.bindings.push(...kept);
  if (kept.length > 0 || (star !== undefined && used.has(star))) facts.imports.push(from);
}

/**
 * @param {any} statement
 * @param {string | undefined} from
 * @param {Facts} facts
 * @param {Map<string, string>} locals
 * @param {any} Kind
 */
function exportsOf(statement, from, facts, locals, Kind) {
  if (statement.isTypeOnly) return;
  const elements = statement.exportClause?.elements?.filter((/** @type {any} */ element) => !element.isTypeOnly) ?? [];
  for (const element of elements) {
    const [name, imported] = [element.name.text, (element.propertyName ?? element.name).text];
    if (from !== undefined) facts.exports.push({ name, from, imported });
    else locals.set(imported, name);
  }
  if (from === undefined) return;
  facts.imports.push(from);
  if (statement.exportClause === undefined) facts.all.push(from);
}

/**
 * Notes what a statement declares that does not exist before it has run: no functions, which are there at once.
 * @param {any} statement
 * @param {Facts} facts
 * @param {any} Kind
 */
function declared(statement, facts, Kind) {
  const has = (/** @type {any} */ kind) => statement.modifiers?.some((/** @type {any} */ modifier) => modifier.kind === kind);
  const exported = has(Kind.ExportKeyword);
  const note = (/** @type {any} */ name) => {
    if (name?.kind === Kind.Identifier) facts.late.add(exported ? name.text : `local ${name.text}`);
    else for (const element of name?.elements ?? []) note(element.name);
  };
  if (statement.kind === Kind.VariableStatement) {
    for (const one of statement.declarationList.declarations) note(one.name);
  } else if (statement.kind === Kind.ClassDeclaration || statement.kind === Kind.EnumDeclaration) {
    note(statement.name);
    if (has(Kind.DefaultKeyword)) facts.late.add("default");
  }
}

/**
 * The names that are used as values anywhere in the file.
 * @param {any} root
 * @param {any} ast
 * @returns {Set<string>}
 */
function valuesIn(root, ast) {
  /** @type {Set<string>} */
  const names = new Set();
  walk(root, ast, () => true, (node) => void names.add(node.text));
  return names;
}

/**
 * The uses of `names` outside of functions: they happen while the file is run.
 * @param {any} root
 * @param {any} ast
 * @param {Set<string>} names
 */
function eager(root, ast, names) {
  const { SyntaxKind: Kind } = ast;
  /** @type {{name: string, offset: number}[]} */
  const uses = [];
  const later = new Set([
    Kind.FunctionDeclaration, Kind.FunctionExpression, Kind.ArrowFunction, Kind.MethodDeclaration, Kind.Constructor,
    Kind.GetAccessor, Kind.SetAccessor,
  ]);
  const runs = (/** @type {any} */ node) =>
    !later.has(node.kind) &&
    !(node.kind === Kind.PropertyDeclaration && !node.modifiers?.some((/** @type {any} */ one) => one.kind === Kind.StaticKeyword));
  walk(root, ast, runs, (node) => {
    if (names.has(node.text)) uses.push({ name: node.text, offset: ast.getTokenPosOfNode(node, root) });
  });
  return uses;
}

/**
 * Visits the identifiers that stand for values, below the nodes that `into` lets pass.
 * @param {any} root
 * @param {any} ast
 * @param {(node: any) => boolean} into
 * @param {(identifier: any) => void} use
 */
function walk(root, ast, into, use) {
  const { SyntaxKind: Kind } = ast;
  const visit = (/** @type {any} */ node) => {
    if (ast.isTypeNode(node) && node.kind !== Kind.ExpressionWithTypeArguments) return;
    if ([Kind.ImportDeclaration, Kind.ExportDeclaration, Kind.InterfaceDeclaration, Kind.TypeAliasDeclaration].includes(node.kind)) return;
    if (!into(node)) return;
    if (node.kind === Kind.Identifier && !isName(node, Kind)) use(node);
    node.forEachChild(visit);
  };
  root.forEachChild(visit);
}

/**
 * Whether an identifier names a member or a declaration, and reads nothing.
 * @param {any} node
 * @param {any} Kind
 */
function isName(node, Kind) {
  const { parent } = node;
  if (parent.kind === Kind.ShorthandPropertyAssignment) return false;
  // Of `<a.b>` and `a.b` the first part is a value, of `<b c="">` and `{b: c}` the first is a name.
  if (parent.kind === Kind.JsxAttribute || parent.kind === Kind.PropertyAccessExpression) return parent.name === node;
  return parent.name === node || parent.propertyName === node;
}
