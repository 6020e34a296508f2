import { CalendarDays, ListChecks } from "lucide-react";
import type { ReactNode } from "react";

import { isDone, LABELS } from "@/data/board";
import type { Card } from "@/data/cards";
import { daysUntil, shortDate } from "@/data/dates";
import { cn } from "@/lib/utils";

import { PersonMark } from "./PersonMark";

interface CardFaceProps {
  card: Card;
  grip: ReactNode;
  onOpen: () => void;
}

/** What a card shows on the board. */
export function CardFace({ card, grip, onOpen }: CardFaceProps) {
  const { title, notes, labels, due, person, checklist } = card;
  return (
    <article className="space-y-2 rounded-lg border bg-card p-3 text-card-foreground shadow-sm transition-shadow hover:shadow-md">
      <div className="flex items-start gap-1">
        <h3 className="min-w-0 flex-1 font-sans text-sm font-medium tracking-normal">
          <button
            type="button"
            onClick={onOpen}
            className="w-full cursor-pointer rounded-sm py-0.5 text-left break-words underline-offset-4 hover:underline"
          >
            {title}
          </button>
        </h3>
        <div className="-mt-0.5 -mr-1.5 size-7">{grip}</div>
      </div>
      {notes && <p className="line-clamp-2 text-sm break-words text-muted-foreground">{notes}</p>}
      <Labels ids={labels} />
      {(due || person || checklist.length > 0) && (
        <div className="flex min-h-7 items-center gap-3 text-xs text-muted-foreground">
          {due && <Due day={due} done={isDone(card.stage)} />}
          {checklist.length > 0 && (
            <span className="inline-flex items-center gap-1 tabular-nums">
              <ListChecks aria-hidden className="size-3.5" />
              <span className="sr-only">Checklist: </span>
              {checklist.filter(({ done }) => done).length}/{checklist.length}
            </span>
          )}
          {person && <PersonMark name={person} className="ml-auto" />}
        </div>
      )}
    </article>
  );
}

function Labels({ ids }: { ids: string[] }) {
  const shown = LABELS.filter(({ id }) => ids.includes(id));
  if (shown.length === 0) return null;
  return (
    <ul aria-label="Labels" className="flex flex-wrap gap-1.5">
      {shown.map(({ id, title, colour }) => (
        <li key={id} className="inline-flex items-center gap-1.5 rounded-full bg-muted px-2 py-0.5 text-xs text-foreground">
          <span aria-hidden className={cn("size-1.5 rounded-full", colour)} />
          {title}
        </li>
      ))}
    </ul>
  );
}

function Due({ day, done }: { day: string; done: boolean }) {
  const late = !done && daysUntil(day) < 0;
  return (
    <span className={cn("inline-flex items-center gap-1", late && "font-medium text-destructive")}>
      <CalendarDays aria-hidden className="size-3.5" />
      <span className="sr-only">{late ? "Was due " : "Due "}</span>
      <time dateTime={day}>{shortDate(day)}</time>
    </span>
  );
}
