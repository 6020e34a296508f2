/** Which bindings a new version gets: those it brings, those it inherits, those it may not lose. */
import { ApiError } from "./errors.js";

/**
 * @typedef {import("./store.js").Binding} Binding
 */

/** Type to the field that must be there. */
/** @type {Record<string, string | null>} */
const SUPPORTED = {
  plain_text: "text",
  secret_text: "text",
  json: "json",
  r2_bucket: "bucket_name",
  version_metadata: null,
};

/**
 * @param {{
 *   wanted: unknown,
 *   keep: string[],
 *   previous: Binding[],
 *   hasBucket: (name: string) => boolean,
 * }} given `keep`: types whose earlier bindings stay unless named anew
 * @returns {Binding[]}
 */
export function resolveBindings({ wanted, keep, previous, hasBucket }) {
  if (wanted !== undefined && !Array.isArray(wanted)) throw new ApiError(400, 10052, "bindings must be a list.");
  /** @type {Map<string, Binding>} */
  const bindings = new Map();
  for (const asked of /** @type {any[]} */ (wanted ?? [])) {
    const binding = asked?.type === "inherit" ? inherited(asked, previous) : asked;
    check(binding, hasBucket);
    if (bindings.has(binding.name)) {
      throw new ApiError(400, 10052, `Binding name '${binding.name}' is used more than once.`);
    }
    bindings.set(binding.name, binding);
  }
  for (const binding of previous) {
    if (keep.includes(binding.type) && !bindings.has(binding.name)) bindings.set(binding.name, binding);
  }
  return [...bindings.values()];
}

/**
 * @param {any} asked
 * @param {Binding[]} previous
 * @returns {Binding}
 */
function inherited(asked, previous) {
  if (asked.version_id !== undefined && asked.version_id !== "latest") {
    const id = asked.version_id;
    throw invalidInherit(asked.name, `'version_id' value '${id}' is invalid, only the literal 'latest' is supported by this API`);
  }
  const source = previous.find((binding) => binding.name === (asked.old_name ?? asked.name));
  if (source === undefined) throw invalidInherit(asked.name, "there is no such binding in the latest version");
  return { ...source, name: asked.name };
}

/**
 * @param {string} name
 * @param {string} why
 */
function invalidInherit(name, why) {
  return new ApiError(400, 10057, `inherit binding '${name}' is invalid: ${why}`);
}

/**
 * @param {any} binding
 * @param {(name: string) => boolean} hasBucket
 */
function check(binding, hasBucket) {
  if (typeof binding?.name !== "string" || binding.name === "") {
    throw new ApiError(400, 10052, "Every binding needs a name.");
  }
  const field = SUPPORTED[binding.type];
  if (field === undefined) {
    throw new ApiError(400, 10052, `Binding '${binding.name}' has the type '${binding.type}', which the local edge does not offer.`);
  }
  if (field !== null && binding[field] === undefined) {
    throw new ApiError(400, 10052, `Binding '${binding.name}' of type '${binding.type}' needs '${field}'.`);
  }
  if (field === "text" && typeof binding.text !== "string") {
    throw new ApiError(400, 10052, `The text of binding '${binding.name}' must be a string.`);
  }
  if (binding.type === "r2_bucket" && !hasBucket(binding.bucket_name)) {
    throw new ApiError(400, 10085, `R2 bucket '${binding.bucket_name}' not found. Please use a different name and try again.`);
  }
}

/**
 * As answers show them: the values of secrets are write-only.
 * @param {Binding[]} bindings
 * @returns {Binding[]}
 */
export function redacted(bindings) {
  return bindings.map((binding) =>
    binding.type === "secret_text" ? { name: binding.name, type: binding.type } : binding,
  );
}

/**
 * @param {Binding[]} bindings
 * @returns {{name: string, type: string}[]}
 */
export function secretsOf(bindings) {
  return bindings.filter(({ type }) => type === "secret_text").map(({ name, type }) => ({ name, type }));
}
