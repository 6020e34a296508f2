import { NO_INPUT, type Input } from "@/game/controls";
import { Random } from "@/game/random";

export const FIELD = { width: 400, height: 500 };
export const LIVES = 3;
/** Sparks that a level takes. */
export const GOAL = 10;
export const BOWL = { width: 84, height: 22, y: FIELD.height - 46 };

const SPEED = 460;
const POPS_FOR = 0.5;
const HURT_FOR = 1.2;

export type Kind = "spark" | "shard" | "heart";

export interface Thing {
  id: number;
  kind: Kind;
  x: number;
  y: number;
  radius: number;
  /** Units a second. */
  speed: number;
  /** Which of the theme's five colours. */
  hue: 1 | 2 | 3 | 4 | 5;
}

/** Where something was caught, for a moment. */
export interface Pop {
  id: number;
  kind: Kind;
  x: number;
  y: number;
  age: number;
}

export interface State {
  seed: number;
  time: number;
  /** The bowl's middle. */
  x: number;
  things: Thing[];
  pops: Pop[];
  score: number;
  caught: number;
  /** Sparks in a row; five double the points. */
  streak: number;
  lives: number;
  /** Seconds in which nothing hurts. */
  hurt: number;
  /** Seconds until something falls again. */
  wait: number;
  nextId: number;
}

export function begin(seed: number): State {
  return {
    seed,
    time: 0,
    x: FIELD.width / 2,
    things: [],
    pops: [],
    score: 0,
    caught: 0,
    streak: 0,
    lives: LIVES,
    hurt: 0,
    wait: 0.4,
    nextId: 1,
  };
}

/** A scene for before the game. */
export function preview(): State {
  let state: State = { ...begin(11), caught: 4 * GOAL };
  let { things } = state;
  for (let steps = 0; steps < 90; steps++) {
    state = { ...step(state, NO_INPUT, 0.1), hurt: 1 };
    if (state.things.length > things.length) ({ things } = state);
  }
  return { ...begin(11), things };
}

export function levelOf({ caught }: Pick<State, "caught">): number {
  return 1 + Math.floor(caught / GOAL);
}

export function isOver({ lives }: Pick<State, "lives">): boolean {
  return lives <= 0;
}

/** What a spark is worth after so many in a row. */
export function worth(streak: number): number {
  return 10 * Math.min(4, 1 + Math.floor(streak / 5));
}

/** The state `seconds` later: the bowl moves, things fall, what the bowl reaches is caught. */
export function step(state: State, input: Input, seconds: number): State {
  const moved: State = {
    ...state,
    time: state.time + seconds,
    x: moveBowl(state.x, input, seconds),
    hurt: Math.max(0, state.hurt - seconds),
    things: state.things.map((thing) => ({ ...thing, y: thing.y + thing.speed * seconds })),
    pops: state.pops.filter(({ age }) => age < POPS_FOR).map((pop) => ({ ...pop, age: pop.age + seconds })),
  };
  const caught = moved.things.filter((thing) => reaches(moved.x, thing));
  return spawn(settle(caught.reduce(take, moved)), seconds);
}

function moveBowl(x: number, input: Input, seconds: number): number {
  const way = input.pointer ? input.pointer.x - x : (Number(input.right) - Number(input.left)) * Infinity;
  const most = (input.pointer ? 2.4 : 1) * SPEED * seconds;
  const half = BOWL.width / 2;
  const moved = x + (way ? Math.max(-most, Math.min(most, way)) : 0);
  return Math.max(half, Math.min(FIELD.width - half, moved));
}

function reaches(x: number, { x: across, y, radius }: Thing): boolean {
  const inside = Math.abs(across - x) < BOWL.width / 2 + radius * 0.4;
  return inside && y + radius > BOWL.y && y - radius < BOWL.y + BOWL.height;
}

function take(state: State, { id, kind, x, y }: Thing): State {
  const things = state.things.filter((thing) => thing.id !== id);
  if (kind === "shard" && state.hurt > 0) return { ...state, things };
  const popped: State = { ...state, things, pops: [...state.pops, { id, kind, x, y, age: 0 }] };
  if (kind === "shard") return { ...popped, lives: state.lives - 1, streak: 0, hurt: HURT_FOR };
  if (kind === "heart") return { ...popped, lives: Math.min(LIVES, state.lives + 1) };
  return {
    ...popped,
    score: state.score + worth(state.streak),
    streak: state.streak + 1,
    caught: state.caught + 1,
  };
}

/** What has fallen past the bowl is gone, and a spark with it ends the streak. */
function settle(state: State): State {
  const fallen = state.things.filter(({ y, radius }) => y - radius > FIELD.height);
  if (!fallen.length) return state;
  const things = state.things.filter((thing) => !fallen.includes(thing));
  return { ...state, things, streak: fallen.some(({ kind }) => kind === "spark") ? 0 : state.streak };
}

function spawn(state: State, seconds: number): State {
  const wait = state.wait - seconds;
  if (wait > 0) return { ...state, wait };
  const random = new Random(state.seed);
  const level = levelOf(state);
  const shards = Math.min(0.5, 0.18 + 0.04 * level);
  const heart = state.lives < LIVES && random.chance(0.05);
  const kind: Kind = heart ? "heart" : random.chance(shards) ? "shard" : "spark";
  const radius = kind === "spark" ? random.between(9, 13) : 13;
  const thing: Thing = {
    id: state.nextId,
    kind,
    x: random.between(radius + 8, FIELD.width - radius - 8),
    y: -radius,
    radius,
    speed: random.between(120, 170) + Math.min(level, 12) * 18,
    hue: random.pick([1, 2, 3, 4, 5] as const),
  };
  const next = Math.max(0.26, 0.85 - level * 0.06) * random.between(0.8, 1.25);
  return {
    ...state,
    things: [...state.things, thing],
    wait: next,
    seed: random.seed,
    nextId: state.nextId + 1,
  };
}
