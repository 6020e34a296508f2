import { DndContext, DragOverlay, MeasuringStrategy } from "@dnd-kit/core";
import type { ReactNode } from "react";

import { cn } from "@/lib/utils";
import { texts } from "@/texts/board";

import { BoardList } from "./BoardList";
import { underPointer } from "./collisions";
import type { Placed } from "./moves";
import { useDragging } from "./useDragging";

export interface BoardStage {
  id: string;
  title: string;
}

export interface BoardProps<T extends Placed, S extends BoardStage> {
  stages: readonly S[];
  /** The cards that are shown, in any order. */
  cards: readonly T[];
  /** What a card is called in announcements. */
  nameOf: (card: T) => string;
  /** A card was put down somewhere else: keep this of it. */
  onMove: (card: T, place: { stage: string; rank: string }) => void;
  /** A column: its head, and within it the list. */
  column: (stage: S, list: ReactNode, cards: T[]) => ReactNode;
  /** A card's face; the grip is what the keyboard moves it by. */
  face: (card: T, grip: ReactNode) => ReactNode;
  className?: string;
}

/** Columns of cards that are dragged by mouse and finger, and moved by the keyboard. */
export function Board<T extends Placed, S extends BoardStage>(props: BoardProps<T, S>) {
  const { stages, cards, column, face, className } = props;
  const { arrangement, lifted, said, grip, help, context } = useDragging(props);
  const known = new Map(cards.map((card) => [card.id, card]));
  const dragged = lifted?.by === "pointer" ? known.get(lifted.id) : undefined;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return (
    <DndContext
      {...context}
      collisionDetection={underPointer}
      measuring={{ droppable: { strategy: MeasuringStrategy.Always } }}
      accessibility={{ announcements: SILENT }}
    >
      <div className={cn("relative", className)}>
        {stages.map((stage) => {
          const own = (arrangement[stage.id] ?? []).flatMap((id) => known.get(id) ?? []);
          const list = <BoardList stage={stage} cards={own} lifted={lifted} grip={grip} face={face} />;
          return column(stage, list, own);
        })}
      </div>
      <DragOverlay dropAnimation={still ? null : undefined}>
        {dragged && <div className="rotate-2 cursor-grabbing">{face(dragged, null)}</div>}
      </DragOverlay>
      <p id={help} hidden>
        {texts.help}
      </p>
      <p role="status" aria-live="assertive" className="sr-only">
        {said}
      </p>
    </DndContext>
  );
}

const nothing = () => undefined;
/** The board says itself what happens, the same for all ways of moving. */
const SILENT = { onDragStart: nothing, onDragOver: nothing, onDragEnd: nothing, onDragCancel: nothing };
