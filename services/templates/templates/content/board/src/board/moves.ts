/** The rules of a board: which card stands where. Nothing here knows of a page or a database. */

/** What a board needs to know of a card. */
export interface Placed {
  id: string;
  /** The id of its column. */
  stage: string;
  /** Where it stands there: ranks sort as texts, and between any two there is another. */
  rank: string;
}

/** The ids of the cards in each column, from top to bottom. */
export type Arrangement = Readonly<Record<string, readonly string[]>>;

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
const RANK = /^[0-9a-z]*[1-9a-z]$/;
/** Where cards stand whose rank is none: behind the others. */
const LAST = "~";

/**
 * A rank after one and before another; either may be missing. Ranks are fractions in base 36 without the "0." and
 * without a 0 at the end, so one card's move changes that card alone. What is no rank counts as missing.
 */
export function rankBetween(from: string | undefined, to: string | undefined): string {
  const [after, before] = [known(from), known(to)];
  if (after !== undefined && before !== undefined && after >= before) return rankBetween(after, undefined);
  let rank = "";
  let limit = before;
  for (let place = 0; ; place++) {
    const low = digitOf(after, place, 0);
    const high = digitOf(limit, place, DIGITS.length);
    const middle = digitBetween(low, high, after === undefined, before === undefined);
    if (middle > low && middle < high) return rank + DIGITS[middle];
    rank += DIGITS[low];
    if (high > low) limit = undefined; // it is below the limit from here on, whatever follows
  }
}

/** Rows come from other hands, too. */
function known(rank: string | undefined): string | undefined {
  return typeof rank === "string" && RANK.test(rank) ? rank : undefined;
}

/** At an open end the next one, so that cards that are added one after the other keep short ranks. */
function digitBetween(low: number, high: number, first: boolean, last: boolean): number {
  if (first === last) return Math.floor((low + high) / 2);
  return last ? low + 1 : high - 1;
}

function digitOf(rank: string | undefined, place: number, otherwise: number): number {
  if (rank === undefined) return otherwise;
  return place < rank.length ? DIGITS.indexOf(rank[place]) : 0;
}

/** By rank; cards that two people put in the same place at once have the same, and stay in one order everywhere. */
export function byRank(one: Placed, other: Placed): number {
  const [rank, against] = [known(one.rank) ?? LAST, known(other.rank) ?? LAST];
  if (rank !== against) return rank < against ? -1 : 1;
  return one.id < other.id ? -1 : Number(one.id !== other.id);
}

/** Cards of a column that is gone stand in the first. */
export function arrange(cards: readonly Placed[], stages: readonly string[]): Arrangement {
  const columns = Object.fromEntries(stages.map((stage): [string, string[]] => [stage, []]));
  const first = stages[0];
  for (const { id, stage } of cards.toSorted(byRank)) columns[Object.hasOwn(columns, stage) ? stage : first].push(id);
  return columns;
}

export function stageOf(arrangement: Arrangement, id: string): string | undefined {
  return Object.keys(arrangement).find((stage) => arrangement[stage].includes(id));
}

/** The arrangement with a card taken from where it was and put at a place, counted without it. */
export function moved(arrangement: Arrangement, id: string, stage: string, index: number): Arrangement {
  const left = Object.fromEntries(
    Object.entries(arrangement).map(([name, ids]) => [name, ids.filter((each) => each !== id)]),
  );
  const target = left[stage];
  if (!target) return arrangement;
  return { ...left, [stage]: target.toSpliced(Math.max(0, Math.min(index, target.length)), 0, id) };
}

export type Direction = "up" | "down" | "left" | "right";

/** One step by the keyboard: within the column, or to the one beside it at about the same height. */
export function stepped(arrangement: Arrangement, id: string, direction: Direction): Arrangement {
  const stages = Object.keys(arrangement);
  const stage = stageOf(arrangement, id);
  if (stage === undefined) return arrangement;
  const index = arrangement[stage].indexOf(id);
  if (direction === "up") return index === 0 ? arrangement : moved(arrangement, id, stage, index - 1);
  if (direction === "down") return moved(arrangement, id, stage, index + 1);
  const beside = stages[stages.indexOf(stage) + (direction === "left" ? -1 : 1)];
  return beside === undefined ? arrangement : moved(arrangement, id, beside, index);
}

/** What to write of a card so that it stands where the arrangement has it; null: it stands there already. */
export function placeOf(
  arrangement: Arrangement,
  id: string,
  cards: readonly Placed[],
): Pick<Placed, "stage" | "rank"> | null {
  const all = new Map(cards.map((each) => [each.id, each]));
  const card = all.get(id);
  const stage = stageOf(arrangement, id);
  if (!card || stage === undefined) return null;
  const column = arrangement[stage].flatMap((each) => all.get(each) ?? []); // others may have removed some meanwhile
  const index = column.indexOf(card);
  const above = column.slice(0, index);
  const below = column.slice(index + 1);
  const [over, under] = [above.at(-1), below.at(0)];
  const stays = card.stage === stage && (!over || byRank(over, card) < 0) && (!under || byRank(card, under) < 0);
  if (stays) return null;
  const after = above.map(({ rank }) => known(rank)).findLast((rank) => rank !== undefined);
  // Of cards that have the same rank it comes behind all: there is none between them.
  const before = below.map(({ rank }) => known(rank)).find((rank) => rank !== undefined && rank > (after ?? ""));
  return { stage, rank: rankBetween(after, before) };
}

/** The rank of a card that comes to the end of a column. */
export function lastRank(cards: readonly Placed[], stage: string): string {
  const ranks = cards.filter((card) => card.stage === stage).map(({ rank }) => known(rank));
  return rankBetween(ranks.toSorted().findLast((rank) => rank !== undefined), undefined);
}
