import type { Tone } from "@/game";

import { levelOf, type State } from "./rules";

const CAUGHT: Tone = { notes: [660, 880], length: 0.07, wave: "triangle" };
const HEART: Tone = { notes: [523, 659, 784], length: 0.09, wave: "triangle" };
const HURT: Tone = { notes: [170, 110], length: 0.14, wave: "sawtooth", volume: 0.12 };
const LEVEL: Tone = { notes: [523, 659, 784, 1047], length: 0.08, wave: "square", volume: 0.07 };
const OVER: Tone = { notes: [392, 330, 262, 196], length: 0.18, wave: "triangle" };

/** What is heard of a step. */
export function toneOf(before: State, now: State): Tone | null {
  if (now.lives <= 0) return OVER;
  if (now.lives < before.lives) return HURT;
  if (now.lives > before.lives) return HEART;
  if (levelOf(now) > levelOf(before)) return LEVEL;
  return now.caught > before.caught ? CAUGHT : null;
}
