import { Plus, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { isOver, type Stage } from "@/data/board";
import { cn } from "@/lib/utils";

interface StageColumnProps {
  stage: Stage;
  /** How many cards are in it, those too that a filter hides. */
  count: number;
  onAdd: () => void;
  children: ReactNode;
}

/** A column: its name, how full it is, its cards. */
export function StageColumn({ stage, count, onAdd, children }: StageColumnProps) {
  const { id, title, colour, limit } = stage;
  const over = isOver(stage, count);
  return (
    <section
      aria-labelledby={`stage-${id}`}
      className="flex w-[min(82vw,20rem)] shrink-0 snap-center flex-col gap-3 rounded-xl border border-transparent bg-muted p-3 dark:border-border dark:bg-card/50 lg:w-auto lg:min-w-60 lg:flex-1"
    >
      <header className="flex min-h-8 items-center gap-2 pl-1">
        <span aria-hidden className={cn("size-2.5 rounded-full", colour)} />
        <h2 id={`stage-${id}`} className="truncate text-sm font-semibold">
          {title}
        </h2>
        <span
          className={cn(
            "inline-flex items-center gap-1 rounded-full px-2 text-xs tabular-nums",
            over ? "bg-warning font-medium text-warning-foreground" : "text-muted-foreground",
          )}
        >
          {over && <TriangleAlert aria-hidden className="size-3" />}
          {limit === undefined ? count : `${count} of ${limit}`}
          <span className="sr-only">{over ? " cards, over the limit" : " cards"}</span>
        </span>
        <Button type="button" variant="ghost" size="icon-sm" className="ml-auto" aria-label={`Add to ${title}`} onClick={onAdd}>
          <Plus aria-hidden />
        </Button>
      </header>
      {children}
    </section>
  );
}
