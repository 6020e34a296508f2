import { Signal } from "@/core/signal";

import { Controls, type Input } from "./controls";
import { Loop } from "./loop";
import { freshSeed } from "./random";
import type { Pen } from "./screen";

/** A game: its rules as pure functions, and how it looks. */
export interface Game<State> {
  /** Of the field, in units of its own; the screen makes them as large as there is room. */
  readonly width: number;
  readonly height: number;
  /** The state at the beginning; the same for the same seed. */
  begin(seed: number): State;
  /** What the field shows before a game; its beginning, where this is left out. */
  preview?(): State;
  /** What is `seconds` later. Changes nothing of `state`. */
  step(state: State, input: Input, seconds: number): State;
  isOver(state: State): boolean;
  /** Paints what lies between two states: `blend` goes from 0, the earlier, to 1. */
  draw(pen: Pen, before: State, now: State, blend: number): void;
}

export type Phase = "ready" | "playing" | "paused" | "over";
type Stepped<State> = (before: State, now: State) => void;

/** One game that is played: when it runs, and what its state is. */
export class Session<State> {
  readonly phase = new Signal<Phase>("ready");
  readonly state: Signal<State>;
  readonly controls = new Controls(() => this.phase.get() === "playing");
  /** What a screen has set to be painted. */
  paint: (draw: (pen: Pen) => void) => void = () => undefined;
  private before: State;
  private readonly loop: Loop;
  private readonly listeners = new Set<Stepped<State>>();

  constructor(readonly game: Game<State>) {
    this.before = this.unplayed();
    this.state = new Signal(this.before);
    this.loop = new Loop(this.step, this.draw);
  }

  /** A new game. */
  readonly start = (seed?: number | object): void => {
    // An event handler too: what a click brings along is no seed.
    this.before = this.game.begin(typeof seed === "number" ? seed : freshSeed());
    this.state.set(this.before);
    this.run();
  };

  readonly pause = (): void => {
    if (this.phase.get() === "playing") this.rest("paused");
  };

  readonly resume = (): void => {
    if (this.phase.get() === "paused") this.run();
  };

  /** Back to the beginning, before a new game. */
  readonly leave = (): void => {
    this.before = this.unplayed();
    this.state.set(this.before);
    this.rest("ready");
    this.draw(1);
  };

  /** Hears of every step, for sounds and what is announced; returns how to stop that. */
  readonly onStep = (listener: Stepped<State>): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly draw = (blend: number): void => {
    this.paint((pen) => this.game.draw(pen, this.before, this.state.get(), blend));
  };

  private unplayed(): State {
    return this.game.preview?.() ?? this.game.begin(1);
  }

  private run(): void {
    this.controls.clear();
    this.phase.set("playing");
    this.loop.start();
  }

  private rest(phase: Phase): void {
    this.loop.stop();
    this.controls.clear();
    this.phase.set(phase);
  }

  private readonly step = (seconds: number): void => {
    const before = this.state.get();
    const now = this.game.step(before, this.controls.take(), seconds);
    this.before = before;
    this.state.set(now);
    this.listeners.forEach((listener) => listener(before, now));
    if (this.game.isOver(now)) this.rest("over");
  };
}
