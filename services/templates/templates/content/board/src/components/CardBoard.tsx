import { Board } from "@/board/Board";
import { CardFace } from "@/components/CardFace";
import { StageColumn } from "@/components/StageColumn";
import { STAGES } from "@/data/board";
import type { Card } from "@/data/cards";

interface CardBoardProps {
  /** The cards that are shown. */
  cards: Card[];
  countIn: (stage: string) => number;
  onMove: (card: Card, place: { stage: string; rank: string }) => void;
  onOpen: (card: Card) => void;
  onAdd: (stage: string) => void;
}

/** The columns with their cards. */
export function CardBoard({ cards, countIn, onMove, onOpen, onAdd }: CardBoardProps) {
  return (
    <Board
      stages={STAGES}
      cards={cards}
      nameOf={({ title }) => title}
      onMove={onMove}
      className="-mx-4 flex flex-1 snap-x snap-mandatory gap-4 overflow-x-auto px-4 pb-3 sm:-mx-6 sm:snap-none sm:px-6"
      column={(stage, list) => (
        <StageColumn key={stage.id} stage={stage} count={countIn(stage.id)} onAdd={() => onAdd(stage.id)}>
          {list}
        </StageColumn>
      )}
      face={(card, grip) => <CardFace card={card} grip={grip} onOpen={() => onOpen(card)} />}
    />
  );
}
