import { Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { FilterBar } from "@/components/FilterBar";
import { SampleNotice } from "@/components/SampleNotice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { isOver, STAGES } from "@/data/board";
import { useCards, useLive, type Card } from "@/data/cards";
import { matches, NO_FILTER } from "@/data/filter";

// On its way at once, but the page does not wait for what it is dragged with.
const cardBoard = import("@/components/CardBoard");
const CardBoard = lazy(() => cardBoard.then((part) => ({ default: part.CardBoard })));
const cardSheet = () => import("@/components/CardSheet");
const CardSheet = lazy(() => cardSheet().then((part) => ({ default: part.CardSheet })));

/** The card that is open, or the column that gets a new one. */
export type Open = { card: Card } | { stage: string };

export function BoardPage() {
  const { items, loading, update, refresh } = useCards();
  const [filter, setFilter] = useState(NO_FILTER);
  const [open, setOpen] = useState<Open | null>(null);
  useLive(refresh);
  const countIn = (stage: string) => items.filter((card) => card.stage === stage).length;

  function move(card: Card, place: { stage: string; rank: string }) {
    update(card.id, place);
    const stage = STAGES.find(({ id }) => id === place.stage);
    if (stage && stage.id !== card.stage && isOver(stage, countIn(stage.id) + 1))
      void warn(`“${stage.title}” has more than ${stage.limit} cards now`);
  }

  return (
    <div className="flex flex-1 flex-col gap-4">
      <header className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-semibold tracking-tight">Our work</h1>
        <Button
          type="button"
          onPointerEnter={cardSheet}
          onFocus={cardSheet}
          onClick={() => setOpen({ stage: STAGES[0].id })}
        >
          <Plus aria-hidden />
          Add card
        </Button>
      </header>
      <FilterBar filter={filter} onChange={setFilter} />
      <SampleNotice />
      {loading ? (
        <Columns />
      ) : (
        <Suspense fallback={<Columns />}>
          <CardBoard
            cards={items.filter((card) => matches(card, filter))}
            countIn={countIn}
            onMove={move}
            onOpen={(card) => setOpen({ card })}
            onAdd={(stage) => setOpen({ stage })}
          />
        </Suspense>
      )}
      <Suspense>{open && <CardSheet open={open} onClose={() => setOpen(null)} />}</Suspense>
    </div>
  );
}

/** Notices come after the page, as nobody needs one at first. */
async function warn(text: string): Promise<void> {
  const { toast } = await import("sonner");
  toast.warning(text);
}

/** Stands where the columns will be. */
function Columns() {
  return (
    <div role="status" aria-label="Loading…" className="flex flex-1 gap-4 overflow-hidden">
      {STAGES.map(({ id }) => (
        <Skeleton key={id} className="min-h-80 min-w-60 flex-1 rounded-xl" />
      ))}
    </div>
  );
}
