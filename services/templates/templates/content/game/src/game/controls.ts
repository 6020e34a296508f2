export const ACTIONS = ["left", "right", "up", "down", "action"] as const;
export type Action = (typeof ACTIONS)[number];

export interface Point {
  x: number;
  y: number;
}

/** What the player does during one step. */
export interface Input extends Readonly<Record<Action, boolean>> {
  /** What was pressed since the last step, however short. */
  readonly tapped: ReadonlySet<Action>;
  /** Where the field is touched, or the mouse's button held, in the field's own units. */
  readonly pointer: Readonly<Point> | null;
}

/** Nothing is pressed. For tests of rules: { ...NO_INPUT, left: true }. */
export const NO_INPUT: Input = {
  left: false,
  right: false,
  up: false,
  down: false,
  action: false,
  tapped: new Set(),
  pointer: null,
};

const KEYS: Readonly<Record<string, Action>> = {
  ArrowLeft: "left",
  KeyA: "left",
  ArrowRight: "right",
  KeyD: "right",
  ArrowUp: "up",
  KeyW: "up",
  ArrowDown: "down",
  KeyS: "down",
  Space: "action",
  Enter: "action",
};

/** Which action a key means, by its place on the keyboard; none where it means something else on the page. */
export function actionOf(event: KeyboardEvent): Action | undefined {
  const target = event.target instanceof Element ? event.target : null;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (target?.closest("input, textarea, select, [role=dialog], [contenteditable]")) return undefined;
  const action = KEYS[event.code];
  return action === "action" && target?.closest("button, a, summary") ? undefined : action;
}

/** Keys, buttons on the screen and the pointer, gathered until the next step takes them. */
export class Controls {
  private readonly held = new Map<Action, Set<string>>();
  private tapped = new Set<Action>();
  private pointer: Point | null = null;

  /** `wanted` says whether keys are the game's now; the page's otherwise, which scrolls by them. */
  constructor(private readonly wanted: () => boolean = () => true) {}

  /** `source` tells who holds it: two keys may mean the same. */
  press(action: Action, source: string): void {
    const sources = this.held.get(action) ?? new Set();
    if (!sources.has(source)) this.tapped.add(action);
    this.held.set(action, sources.add(source));
  }

  release(action: Action, source: string): void {
    this.held.get(action)?.delete(source);
  }

  point(at: Point | null): void {
    this.pointer = at;
  }

  /** Everything is let go. */
  clear(): void {
    this.held.clear();
    this.tapped = new Set();
    this.pointer = null;
  }

  take(): Input {
    const held = (action: Action) => (this.held.get(action)?.size ?? 0) > 0 || this.tapped.has(action);
    const { tapped, pointer } = this;
    this.tapped = new Set();
    return {
      left: held("left"),
      right: held("right"),
      up: held("up"),
      down: held("down"),
      action: held("action"),
      tapped: new Set([...tapped]),
      pointer,
    };
  }

  /** Listens to the keyboard until the function that it returns is called. */
  listen(): () => void {
    const down = (event: KeyboardEvent) => {
      const action = this.wanted() ? actionOf(event) : undefined;
      if (!action) return;
      event.preventDefault(); // the page would scroll
      if (!event.repeat) this.press(action, event.code);
    };
    const up = ({ code }: KeyboardEvent) => {
      const action = KEYS[code];
      if (action) this.release(action, code);
    };
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
    };
  }
}
