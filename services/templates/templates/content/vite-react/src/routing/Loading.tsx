import { texts } from "@/texts/app";

/** Stands where a page is on its way; shows only if that takes a while. */
export function Loading() {
  return (
    <p role="status" className="py-12 text-center text-muted-foreground animate-in fade-in fill-mode-backwards delay-300">
      {texts.loading}
    </p>
  );
}
