const NAMES = [
  "background",
  "foreground",
  "card",
  "card-foreground",
  "primary",
  "primary-foreground",
  "secondary",
  "secondary-foreground",
  "muted",
  "muted-foreground",
  "accent",
  "accent-foreground",
  "destructive",
  "success",
  "warning",
  "border",
  "chart-1",
  "chart-2",
  "chart-3",
  "chart-4",
  "chart-5",
] as const;

export type ColourName = (typeof NAMES)[number];
export type Colours = Readonly<Record<ColourName, string>>;

/** The theme's colours as a canvas takes them. */
export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const found = NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim() || "gray"]);
  return Object.fromEntries(found) as Colours;
}

/** The colour, seen through: 0 is nothing of it, 1 all. */
export function faded(colour: string, share: number): string {
  return `rgb(from ${colour} r g b / ${share.toFixed(3)})`;
}
