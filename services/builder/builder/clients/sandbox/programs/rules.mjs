// Rules of the platform's own: what neither the type checker nor the bundler reports, though the app will not work.
import path from "node:path";
import { cycles } from "./cycles.mjs";
import { flaw } from "./json.mjs";
import { meant, plain, published, resolved, wanted } from "./paths.mjs";
import { styles } from "./styles.mjs";

/**
 * @typedef {import("./paths.mjs").Files} Files
 * @typedef {{file: string, offset: number, code: string, message: string, suggestion?: string,
 *   edits?: import("./edits.mjs").Edit[]}} Finding `edits` repair it, where there is one way to
 * @typedef {{file: string, text: string, ast: any, root: any}} Module `root` is its syntax tree, of which nobody
 *   here knows the types: the checker's API is unstable and the template's own
 */

const KNOWN = new Set(["MODE", "BASE_URL", "PROD", "DEV", "SSR"]);
const CODE = /\.(?:[cm]?[jt]sx?)$/;
const MEDIA = /\.(?:png|jpe?g|gif|webp|avif|svg|ico|mp4|webm|mp3|wav|ogg|woff2?|ttf|otf)$/i;
const SUSPICIOUS = /import\.meta\.env|["'](?:https?:)?\/\/|\.(?:png|jpe?g|gif|webp|avif|svg|ico|mp4|webm|mp3|wav|ogg|woff2?|ttf|otf|css|s[ac]ss|less|styl)\b/i;
const FOREIGN_STYLES = /\.(?:s[ac]ss|less|styl|stylus)$/i;
const TEXTS = /^(?:aria-.*|alt|defaultValue|label|pattern|placeholder|title|value)$/;
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:|\/\/|#|$)/i;

/**
 * All that is found in an app's files.
 * @param {any} program of the type checker
 * @param {any} ast its functions for syntax trees
 * @param {string} root the folder of the app
 * @param {Files} tree
 * @returns {Promise<Finding[]>}
 */
export async function findings(program, ast, root, tree) {
  /** @type {(file: string) => Promise<Module>} */
  const parsed = async (file) => {
    const source = await program.getSourceFile(path.join(root, file));
    return { file, text: source.text, ast, root: source };
  };
  /** @type {string[]} */
  const names = (await program.getSourceFileNames()).filter((/** @type {string} */ name) => name.startsWith(root + path.sep));
  const own = names.map((name) => path.relative(root, name)).filter((name) => tree.has(name));
  const code = own.filter((name) => CODE.test(name));
  const suspicious = code.filter((name) => SUSPICIOUS.test(content(name, tree)));
  const [modules, circular] = await Promise.all([Promise.all(suspicious.map(parsed)), cycles(code, tree, parsed)]);
  return [
    ...modules.flatMap((module) => ofCode(module, tree)),
    ...circular,
    ...own.filter((name) => name.endsWith(".json")).flatMap((name) => ofJson(name, tree)),
    ...[...tree.keys()].filter((name) => name.startsWith("src/") && name.endsWith(".css")).flatMap((name) => ofStyles(name, tree)),
  ];
}

/**
 * @param {string} name
 * @param {Files} tree
 */
const content = (name, tree) => tree.get(name)?.toString("utf8") ?? "";

/**
 * @param {string} file
 * @param {Files} tree
 * @returns {Finding[]}
 */
function ofJson(file, tree) {
  const found = flaw(content(file, tree));
  return found ? [{ file, code: "json-syntax", ...found }] : [];
}

/**
 * @param {string} file
 * @param {Files} tree
 * @returns {Finding[]}
 */
function ofStyles(file, tree) {
  const { flaws, urls } = styles(content(file, tree));
  const found = flaws.map((one) => ({ file, ...one }));
  const missing = urls.flatMap((url) => {
    const name = plain(url.text);
    if (ADDRESS.test(url.text) || name === "") return [];
    const here = name.startsWith("/") || name.startsWith("@/") || name.startsWith(".") ? name : `./${name}`;
    return absent(here, file, tree, url.offset);
  });
  return [...found, ...missing];
}

/**
 * @param {Module} module
 * @param {Files} tree
 * @returns {Finding[]}
 */
function ofCode({ file, ast, root }, tree) {
  const { SyntaxKind: Kind } = ast;
  /** @type {Finding[]} */
  const found = [];
  const start = (/** @type {any} */ node) => ast.getTokenPosOfNode(node, root);
  const visit = (/** @type {any} */ node) => {
    if (node.kind === Kind.ImportDeclaration || node.kind === Kind.ExportDeclaration) {
      const specifier = node.moduleSpecifier;
      if (specifier !== undefined) found.push(...ofImport(specifier.text, file, tree, start(specifier)));
      return;
    }
    if (node.kind === Kind.CallExpression && node.expression.kind === Kind.ImportKeyword) {
      const specifier = node.arguments?.[0];
      if (specifier?.kind === Kind.StringLiteral) found.push(...ofImport(specifier.text, file, tree, start(specifier)));
    }
    if (node.kind === Kind.StringLiteral || node.kind === Kind.NoSubstitutionTemplateLiteral) {
      if (isAddress(node, Kind)) found.push(...absent(node.text, file, tree, start(node)));
      else if (isSource(node, Kind)) found.push(...absent(`/${node.text}`, file, tree, start(node)));
    }
    for (const name of environment(node, Kind)) {
      const message = `import.meta.env.${name.text} is not defined: apps have no variables of their own when they are built. Read env.${name.text} of "@/lib/env" if people set it outside of the code; else write the value into the code, unless it is a secret.`;
      found.push({ file, offset: start(name), code: "unknown-variable", message });
    }
    node.forEachChild(visit);
  };
  root.forEachChild(visit);
  return found;
}

/**
 * @param {string} specifier
 * @param {string} file
 * @param {Files} tree
 * @param {number} offset
 * @returns {Finding[]}
 */
function ofImport(specifier, file, tree, offset) {
  if (/^(?:https?:)?\/\//.test(specifier)) {
    return [{ file, offset, code: "cdn-import", message: `'${specifier}' cannot be imported: nothing is loaded from other sites.` }];
  }
  const name = plain(specifier);
  if (FOREIGN_STYLES.test(name)) {
    return [{ file, offset, code: "sass-syntax", message: `'${specifier}' cannot be built: styles are CSS here, in files named .css.` }];
  }
  const isFile = MEDIA.test(name) || name.endsWith(".css");
  return isFile && wanted(specifier, file) !== undefined ? absent(specifier, file, tree, offset) : [];
}

/**
 * A finding unless there is such a file, beside the importing one or in public/.
 * @param {string} address
 * @param {string} file
 * @param {Files} tree
 * @param {number} offset
 * @returns {Finding[]}
 */
function absent(address, file, tree, offset) {
  const name = plain(address);
  const at = (/** @type {string} */ path) => tree.has(path) || tree.has(unescaped(path));
  const target = wanted(name, file) ?? "";
  if (name.startsWith("/") ? at(`public/${target}`) : at(target)) return [];
  const imported = CODE.test(file) ? "import the file and use what the import gives" : "write its path relative to this file";
  let advice = "Add the file, or do without it.";
  if (name.startsWith("/") && at(target)) {
    advice = target.startsWith("public/") ? `Files in public/ are served from /: write '/${target.slice(7)}'.` : `Only files in public/ have an address of their own: ${imported}.`;
  } else if (resolved(name, file, tree) !== undefined) return [];
  const where = name.startsWith("/") ? `public/${target}` : target;
  const message = `'${address}' does not exist: there is no file ${where}. ${advice}`;
  const suggestion = name.startsWith("/") ? published(name, tree) : meant(name, file, tree);
  const start = content(file, tree).indexOf(name, offset);
  const edits = suggestion && start >= 0 ? [{ start, end: start + name.length, text: suggestion }] : [];
  return [{ file, offset, code: "missing-asset", message, suggestion, edits }];
}

/** @param {string} text */
function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether a text is surely the address of a file of the app: parts of addresses and arguments are left alone.
 * @param {any} node
 * @param {any} Kind
 */
function isAddress(node, Kind) {
  if (!/^\/(?!\/)[^\s?#]+$/.test(plain(node.text)) || !MEDIA.test(plain(node.text))) return false;
  const around = new Set([Kind.JsxAttribute, Kind.JsxExpression, Kind.PropertyAssignment, Kind.VariableDeclaration, Kind.ArrayLiteralExpression, Kind.ConditionalExpression]);
  const { parent } = node;
  if (parent.kind === Kind.JsxAttribute && TEXTS.test(parent.name.text ?? "")) return false;
  return around.has(parent.kind) && parent.name !== node;
}

/**
 * Whether a text is the relative address of an element's picture, which the browser seeks below the page's own.
 * @param {any} node
 * @param {any} Kind
 */
function isSource(node, Kind) {
  const attribute = node.parent.kind === Kind.JsxExpression ? node.parent.parent : node.parent;
  if (attribute.kind !== Kind.JsxAttribute || !["src", "poster"].includes(attribute.name.text)) return false;
  return MEDIA.test(plain(node.text)) && !ADDRESS.test(node.text) && !node.text.startsWith("/");
}

/**
 * The names of unknown variables of the environment that the node reads without anything in their stead.
 * @param {any} node
 * @param {any} Kind
 * @returns {any[]}
 */
function environment(node, Kind) {
  const isEnv = (/** @type {any} */ of) =>
    of?.kind === Kind.PropertyAccessExpression && of.expression.kind === Kind.MetaProperty && of.name.text === "env";
  if (node.kind === Kind.VariableDeclaration && isEnv(node.initializer) && node.name.kind === Kind.ObjectBindingPattern) {
    const missing = node.name.elements.filter((/** @type {any} */ element) => element.initializer === undefined);
    const names = missing.map((/** @type {any} */ element) => element.propertyName ?? element.name);
    return names.filter((/** @type {any} */ name) => name.kind === Kind.Identifier && !KNOWN.has(name.text));
  }
  if (node.kind !== Kind.PropertyAccessExpression && node.kind !== Kind.ElementAccessExpression) return [];
  const name = node.kind === Kind.PropertyAccessExpression ? node.name : node.argumentExpression;
  if (!isEnv(node.expression) || typeof name.text !== "string" || KNOWN.has(name.text)) return [];
  const { parent } = node;
  const operators = new Set([Kind.QuestionQuestionToken, Kind.BarBarToken, Kind.AmpersandAmpersandToken]);
  const cared = parent.kind === Kind.BinaryExpression && operators.has(parent.operatorToken.kind) && parent.left === node;
  const asked = [Kind.IfStatement, Kind.ConditionalExpression, Kind.PrefixUnaryExpression].includes(parent.kind);
  return cared || asked ? [] : [name];
}
