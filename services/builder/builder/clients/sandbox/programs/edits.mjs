// Edits of texts: made by offsets, told as lines.

/**
 * @typedef {{start: number, end: number, text: string}} Edit
 * @typedef {{first_line: number, last_line: number, text: string}} LineEdit whole lines, from 1, without the last newline
 */

/**
 * The edits in order, without repetitions; those that would change what another one changes are left out.
 * @param {Edit[]} edits
 * @returns {Edit[]}
 */
function ordered(edits) {
  const unique = [...new Map(edits.map((edit) => [`${edit.start}-${edit.end}-${edit.text}`, edit])).values()];
  unique.sort((a, b) => a.start - b.start || a.end - b.end);
  /** @type {Edit[]} */
  const kept = [];
  for (const edit of unique) if (edit.start >= (kept.at(-1)?.end ?? 0)) kept.push(edit);
  return kept;
}

/**
 * @param {string} text
 * @param {Edit[]} edits
 */
export function edited(text, edits) {
  let done = 0;
  let result = "";
  for (const edit of ordered(edits)) {
    result += text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return result + text.slice(done);
}

/**
 * The same edits as replacements of whole lines.
 * @param {string} text
 * @param {Edit[]} edits
 * @returns {LineEdit[]}
 */
export function lineEdits(text, edits) {
  const begins = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) begins.push(at + 1);
  const lineOf = (/** @type {number} */ offset) => {
    let [low, high] = [0, begins.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (Number(begins[middle]) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  /** @type {{first: number, last: number, edits: Edit[]}[]} */
  const spans = [];
  for (const edit of ordered(edits)) {
    const [first, behind] = [lineOf(edit.start), lineOf(edit.end)];
    // Of lines that go as a whole, the one behind them is no part.
    const whole = edit.text === "" && first < behind && begins[first] === edit.start && begins[behind] === edit.end;
    const last = whole ? behind - 1 : behind;
    const before = spans.at(-1);
    if (before !== undefined && first <= before.last) {
      before.last = Math.max(before.last, last);
      before.edits.push(edit);
    } else spans.push({ first, last, edits: [edit] });
  }
  return spans.map(({ first, last, edits: own }) => {
    const begin = Number(begins[first]);
    const end = last + 1 < begins.length ? Number(begins[last + 1]) : text.length;
    const moved = own.map((edit) => ({ start: edit.start - begin, end: edit.end - begin, text: edit.text }));
    return { first_line: first + 1, last_line: last + 1, text: edited(text.slice(begin, end), moved).replace(/\r\n/g, "\n").replace(/\n$/, "") };
  });
}
