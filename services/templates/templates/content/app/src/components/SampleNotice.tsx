import { Sparkles } from "lucide-react";

import { Button } from "@/components/ui/button";
import { usePeople } from "@/data/people";

/** Says that what is shown is made up, for as long as any of it is. */
export function SampleNotice() {
  const { samples } = usePeople();
  if (!samples.shown) return null;
  return (
    <div className="flex items-center gap-2 text-sm text-muted-foreground">
      <Sparkles aria-hidden className="size-4 shrink-0 text-primary" />
      <p className="text-pretty">These people are examples, kept in this browser alone.</p>
      <Button type="button" variant="link" size="sm" className="px-1" onClick={samples.clear}>
        Remove them
      </Button>
    </div>
  );
}
