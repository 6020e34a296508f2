import { Trash2 } from "lucide-react";
import { toast } from "sonner";

import { lastRank } from "@/board/moves";
import { CardForm } from "@/components/CardForm";
import { Button } from "@/components/ui/button";
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle } from "@/components/ui/sheet";
import { titleOfStage } from "@/data/board";
import { dataOf, useCards } from "@/data/cards";
import { valuesOf, type CardValues } from "@/data/cardSchema";
import type { Open } from "@/pages/Board";

interface CardSheetProps {
  open: Open;
  onClose: () => void;
}

/** A card with everything that belongs to it, or a new one. */
export function CardSheet({ open, onClose }: CardSheetProps) {
  const { items, add, update, remove } = useCards();
  const card = "card" in open ? open.card : null;

  function save(values: CardValues, changed: (keyof CardValues)[]) {
    const data = { ...values, due: values.due || null, person: values.person || null };
    // Where it came from says nothing about where it is in another column.
    const rank = lastRank(items, data.stage);
    const entered = Object.fromEntries(changed.map((name) => [name, data[name]]));
    if (!card) add({ ...data, rank });
    else if (changed.length > 0) update(card.id, changed.includes("stage") ? { ...entered, rank } : entered);
    toast.success(card ? "Saved" : `Added to ${titleOfStage(data.stage)}`);
    onClose();
  }

  function removeCard() {
    if (!card) return;
    remove(card.id);
    toast(`“${card.title}” was removed`, {
      action: { label: "Undo", onClick: () => add(dataOf(card)) },
      duration: 10_000,
    });
    onClose();
  }

  return (
    <Sheet open onOpenChange={(next) => !next && onClose()}>
      <SheetContent className="w-[min(100vw,28rem)]">
        <SheetHeader>
          <SheetTitle>{card ? "Edit card" : "Add a card"}</SheetTitle>
          <SheetDescription>What is to be done, by whom and until when.</SheetDescription>
        </SheetHeader>
        <CardForm values={valuesOf(open)} isNew={!card} onSave={save}>
          {card && (
            <Button type="button" variant="ghost" className="mr-auto" onClick={removeCard}>
              <Trash2 aria-hidden />
              Remove
            </Button>
          )}
        </CardForm>
      </SheetContent>
    </Sheet>
  );
}
