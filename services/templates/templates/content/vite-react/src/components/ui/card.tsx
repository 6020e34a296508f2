import { part } from "./part";

export const Card = part(
  "div",
  "card",
  "flex flex-col gap-5 rounded-xl border border-border bg-card py-5 text-card-foreground shadow-sm",
);
export const CardHeader = part(
  "div",
  "card-header",
  "grid auto-rows-min items-start gap-1.5 px-5 has-data-[slot=card-action]:grid-cols-[1fr_auto] " +
    "[.border-b]:pb-5",
);
export const CardTitle = part("div", "card-title", "font-heading leading-snug font-semibold");
export const CardDescription = part("div", "card-description", "text-sm text-muted-foreground");
export const CardAction = part(
  "div",
  "card-action",
  "col-start-2 row-span-2 row-start-1 self-start justify-self-end",
);
export const CardContent = part("div", "card-content", "px-5");
export const CardFooter = part("div", "card-footer", "flex items-center px-5 [.border-t]:pt-5");
