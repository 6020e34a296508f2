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

/**
 * A rank after one and before another; either may be missing. Ranks are fractions in base 36 without the "0." and
 * without a 0 at the end, so one card's move changes that card alone.
 */
export function rankBetween(after: string | undefined, before: string | undefined): string {
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
  if (one.rank !== other.rank) return one.rank < other.rank ? -1 : 1;
  return one.id < other.id ? -1 : Number(one.id !== other.id);
}

/** Cards of a column that is gone stand in the first. */
export function arrange(cards: readonly Placed[], stages: readonly string[]): Arrangement {
  const columns = Object.fromEntries(stages.map((stage): [string, string[]] => [stage, []]));
  const first = stages[0];
  for (const { id, stage } of cards.toSorted(byRank)) (columns[stage] ?? columns[first]).push(id);
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
  const known = new Map(cards.map((card) => [card.id, card]));
  const card = known.get(id);
  const stage = stageOf(arrangement, id);
  if (!card || stage === undefined) return null;
  const ids = arrangement[stage].filter((each) => known.has(each)); // others may have removed some meanwhile
  const index = ids.indexOf(id);
  const above = known.get(ids[index - 1] ?? "");
  const below = known.get(ids[index + 1] ?? "");
  const stays = card.stage === stage && (!above || byRank(above, card) < 0) && (!below || byRank(card, below) < 0);
  return stays ? null : { stage, rank: rankBetween(above?.rank, below?.rank) };
}

/** The rank of a card that comes to the end of a column. */
export function lastRank(cards: readonly Placed[], stage: string): string {
  return rankBetween(cards.filter((card) => card.stage === stage).toSorted(byRank).at(-1)?.rank, undefined);
}
