/** Seconds between two steps of the rules, whatever the screen's rate. */
export const STEP = 1 / 60;
/** What is made up for at most, after a moment in which the browser drew nothing. */
const LONGEST = 0.25;

/** How many steps are due after `elapsed` more seconds, and what is left of a step. */
export function due(owed: number, elapsed: number): { steps: number; owed: number } {
  const all = owed + Math.min(Math.max(elapsed, 0), LONGEST);
  const steps = Math.floor(all / STEP + 1e-9);
  return { steps, owed: Math.max(0, all - steps * STEP) };
}

/** Calls `step` at a fixed rate, and `draw` with each frame and how near the next step is, from 0 to 1. */
export class Loop {
  private frame = 0;
  private last = 0;
  private owed = 0;

  constructor(
    private readonly step: (seconds: number) => void,
    private readonly draw: (blend: number) => void,
  ) {}

  start(): void {
    if (this.frame) return;
    this.last = performance.now();
    this.owed = 0;
    this.frame = requestAnimationFrame(this.tick);
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  private readonly tick = (now: number): void => {
    this.frame = requestAnimationFrame(this.tick);
    const { steps, owed } = due(this.owed, (now - this.last) / 1000);
    this.last = now;
    this.owed = owed;
    for (let done = 0; done < steps && this.frame; done++) this.step(STEP);
    this.draw(this.frame ? this.owed / STEP : 1);
  };
}
