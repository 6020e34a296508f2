import { colours, type Colours } from "./colours";
import type { Point } from "./controls";

/** What a game draws with: the context's units are those of the field, whose corner is at 0, 0. */
export interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** The theme's, by the names of its variables. */
  readonly colours: Colours;
  /** Whether people asked for less motion: draw no shaking, spinning or sparkling. */
  readonly still: boolean;
}

interface Size {
  width: number;
  height: number;
}

/** The largest place of the field's shape in the middle of a box. */
export function fit(field: Size, box: Size): Point & { scale: number } {
  const scale = Math.min(box.width / field.width, box.height / field.height);
  return { scale, x: (box.width - field.width * scale) / 2, y: (box.height - field.height * scale) / 2 };
}

/** A canvas as sharp as its screen, with the field as large as fits; `changed` hears when it must be painted. */
export class Screen {
  private readonly context: CanvasRenderingContext2D;
  private readonly motion = window.matchMedia("(prefers-reduced-motion: reduce)");
  private readonly sizes = new ResizeObserver(() => this.resize());
  private readonly themes = new MutationObserver(() => this.recolour());
  private colours = colours();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly field: Size,
    private readonly changed: () => void,
  ) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser cannot draw the game.");
    this.context = context;
    this.sizes.observe(canvas);
    this.themes.observe(document.documentElement, { attributeFilter: ["class", "style"] });
  }

  close(): void {
    this.sizes.disconnect();
    this.themes.disconnect();
  }

  /** Where in the field somebody points. */
  at({ clientX, clientY }: { clientX: number; clientY: number }): Point {
    const box = this.canvas.getBoundingClientRect();
    const { scale, x, y } = fit(this.field, box);
    return { x: (clientX - box.left - x) / scale, y: (clientY - box.top - y) / scale };
  }

  readonly paint = (draw: (pen: Pen) => void): void => {
    const { context, canvas, field } = this;
    const { scale, x, y } = fit(field, canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.save();
    context.setTransform(scale, 0, 0, scale, x, y);
    context.beginPath();
    context.rect(0, 0, field.width, field.height);
    context.clip();
    draw({ context, ...field, colours: this.colours, still: this.motion.matches });
    context.restore();
  };

  private resize(): void {
    const { canvas } = this;
    const box = canvas.getBoundingClientRect();
    const width = Math.round(box.width * devicePixelRatio);
    const height = Math.round(box.height * devicePixelRatio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.changed();
  }

  private recolour(): void {
    this.colours = colours();
    this.changed();
  }
}
