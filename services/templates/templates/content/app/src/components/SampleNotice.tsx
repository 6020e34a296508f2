import { Sparkles } from "lucide-react";

import { Button } from "@/components/ui/button";
import { usePeople } from "@/data/people";

/** Says that what is shown is made up, for as long as any of it is. */
export function SampleNotice() {
  const { samples } = usePeople();
  if (!samples.shown) return null;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-dashed border-input px-4 py-2.5 text-sm">
      <Sparkles aria-hidden className="size-4 shrink-0 text-primary" />
      <p className="min-w-0 flex-1 text-muted-foreground text-pretty">These people are examples, kept in this browser alone.</p>
      <Button type="button" variant="outline" size="sm" onClick={samples.clear}>
        Remove them
      </Button>
    </div>
  );
}
