/** The looks of everything that text is entered in. */
export const entry =
  "w-full min-w-0 rounded-md border border-input bg-transparent px-3 text-base text-foreground " +
  "shadow-xs transition-colors placeholder:text-muted-foreground placeholder:opacity-100 " +
  "selection:bg-primary selection:text-primary-foreground disabled:cursor-not-allowed " +
  "disabled:opacity-55 aria-invalid:border-destructive aria-invalid:outline-destructive md:text-sm";
