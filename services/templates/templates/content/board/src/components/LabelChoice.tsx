import { useFormContext } from "react-hook-form";

import { Button } from "@/components/ui/button";
import { LABELS } from "@/data/board";
import type { CardValues } from "@/data/cardSchema";
import { cn } from "@/lib/utils";

/** A card's labels, as switches. */
export function LabelChoice() {
  const { watch, setValue } = useFormContext<CardValues>();
  const chosen = watch("labels");

  function toggle(id: string) {
    setValue("labels", chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  }

  return (
    <fieldset className="space-y-2">
      <legend className="text-sm font-medium">Labels</legend>
      <div className="flex flex-wrap gap-1.5">
        {LABELS.map(({ id, title, colour }) => (
          <Button
            key={id}
            type="button"
            variant={chosen.includes(id) ? "secondary" : "outline"}
            size="sm"
            aria-pressed={chosen.includes(id)}
            onClick={() => toggle(id)}
          >
            <span aria-hidden className={cn("size-2 rounded-full", colour)} />
            {title}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}
