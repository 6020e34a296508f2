const fade =
  "data-[state=closed]:animate-out data-[state=closed]:fade-out-0 data-[state=open]:animate-in " +
  "data-[state=open]:fade-in-0";

/** What lies between a dialog and the page. */
export const overlay = `fixed inset-0 z-50 bg-black/55 ${fade}`;

/** A sheet of its own above the page: a menu, a list of choices, a popover. */
export const popup =
  "z-50 rounded-md border border-border bg-popover text-popover-foreground shadow-md outline-none " +
  `${fade} data-[state=closed]:zoom-out-95 data-[state=open]:zoom-in-95 ` +
  "data-[side=bottom]:slide-in-from-top-1 data-[side=left]:slide-in-from-right-1 " +
  "data-[side=right]:slide-in-from-left-1 data-[side=top]:slide-in-from-bottom-1";

/** A dialog in the middle of the window; on a phone it leaves a margin, and what is too long scrolls. */
export const centred =
  "fixed top-1/2 left-1/2 z-50 grid max-h-[calc(100dvh-2rem)] w-[calc(100%-2rem)] -translate-x-1/2 " +
  "-translate-y-1/2 gap-4 overflow-y-auto rounded-lg border border-border bg-popover p-6 " +
  `text-popover-foreground shadow-lg outline-none sm:max-w-lg ${fade} data-[state=closed]:zoom-out-95 ` +
  "data-[state=open]:zoom-in-95";

/** The cross in the corner of a dialog or sheet. */
export const cross =
  "absolute top-3.5 right-3.5 inline-flex size-8 cursor-pointer items-center justify-center rounded-md " +
  "text-muted-foreground transition-colors hover:bg-accent hover:text-accent-foreground";
