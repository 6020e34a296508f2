import { popup } from "./surface";

/** Looks that dropdown, context menu and menu bar share. */
export const menu = {
  content:
    `${popup} max-h-(--radix-popper-available-height) min-w-36 overflow-x-hidden overflow-y-auto p-1 ` +
    "max-w-[calc(100vw-1rem)]",
  item:
    "relative flex cursor-default items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none " +
    "select-none focus:bg-accent focus:text-accent-foreground data-[disabled]:pointer-events-none " +
    "data-[disabled]:opacity-50 data-[inset]:pl-8 data-[state=open]:bg-accent " +
    "data-[state=open]:text-accent-foreground data-[variant=destructive]:text-destructive " +
    "data-[variant=destructive]:focus:bg-destructive " +
    "data-[variant=destructive]:focus:text-destructive-foreground [&_svg]:pointer-events-none " +
    "[&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4",
  choice: "pr-2 pl-8",
  mark: "pointer-events-none absolute left-2 inline-flex size-4 items-center justify-center",
  label: "px-2 py-1.5 text-xs font-medium text-muted-foreground data-[inset]:pl-8",
  separator: "-mx-1 my-1 h-px bg-border",
  shortcut: "ml-auto pl-4 text-xs tracking-widest opacity-80",
};
