// Where a problem is in a file's syntax tree, and edits of what stands there.

/**
 * @typedef {import("./fixer.mjs").Context} Context
 * @typedef {import("./fixer.mjs").Repair} Repair
 */

/**
 * @param {Context} context
 * @param {any} node
 * @param {string} text
 * @param {string} reason
 * @returns {Repair}
 */
export const replaced = ({ file, ast, root }, node, text, reason) => ({
  file, edit: { start: ast.getTokenPosOfNode(node, root), end: node.end, text }, reason,
});

/** @param {Context} context */
export const tokenOf = ({ ast, root, problem }) => ast.getTokenAtPosition(root, problem.offset);

/** @param {any} node @param {number[]} kinds */
export function ancestor(node, ...kinds) {
  for (let at = node; at !== undefined; at = at.parent) if (kinds.includes(at.kind)) return at;
  return undefined;
}
