import { Button } from "@/components/ui/button";
import { texts } from "@/texts/app";

import { dismissStorageProblem, useStorageProblem } from "./problem";

/** Tells people when what they entered could not be kept. */
export function StorageNotice() {
  const problem = useStorageProblem();
  if (!problem) return null;
  return (
    <div
      role="alert"
      className="fixed inset-x-4 bottom-4 z-50 mx-auto flex max-w-xl flex-wrap items-center justify-between
        gap-3 rounded-lg border border-destructive bg-popover px-4 py-3 text-popover-foreground shadow-lg"
    >
      <p className="min-w-0 break-words">{problem}</p>
      <Button type="button" variant="outline" size="sm" onClick={dismissStorageProblem}>
        {texts.dismiss}
      </Button>
    </div>
  );
}
