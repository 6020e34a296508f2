// Prints, as JSON, the functions of the given files that have more lines than the first argument says. Lines of
// functions inside a function count for themselves only: here a closure often stands for what a class is elsewhere.
// Run with --expose-internals: Node brings the acorn parser along for its own use.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { parse } = createRequire(import.meta.url)("internal/deps/acorn/acorn/dist/acorn");
const [limit, ...files] = process.argv.slice(2);
const long = [];

/** Visits a node and returns how many lines the outermost functions in it take. */
function visit(node, file, name) {
  if (Array.isArray(node)) return node.reduce((sum, child) => sum + visit(child, file, name), 0);
  if (node === null || typeof node !== "object" || typeof node.type !== "string") return 0;
  const own = node.id?.name ?? node.key?.name ?? name;
  const children = Object.entries(node).filter(([key]) => key !== "loc");
  const inner = children.reduce((sum, [, child]) => sum + visit(child, file, own), 0);
  if (!/Function/.test(node.type)) return inner;
  const lines = node.loc.end.line - node.loc.start.line + 1;
  if (lines - inner > Number(limit)) {
    long.push(`${file}:${node.loc.start.line} ${own ?? "(anonymous)"}: ${lines - inner} lines`);
  }
  return lines;
}

for (const file of files) {
  const source = readFileSync(file, "utf-8");
  visit(parse(source, { ecmaVersion: "latest", sourceType: "module", locations: true, allowHashBang: true }), file);
}
console.log(JSON.stringify(long));
