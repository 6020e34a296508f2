import { useDroppable } from "@dnd-kit/core";
import { SortableContext, useSortable, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import type { ReactNode } from "react";

import { cn } from "@/lib/utils";
import { texts } from "@/texts/board";

import type { BoardStage } from "./Board";
import { columnId } from "./collisions";
import type { Placed } from "./moves";
import type { Lifted } from "./useDragging";

interface BoardListProps<T extends Placed> {
  stage: BoardStage;
  cards: T[];
  lifted: Lifted | null;
  grip: (card: T) => ReactNode;
  face: (card: T, grip: ReactNode) => ReactNode;
}

/** The cards of a column, and the room below them that takes one too. */
export function BoardList<T extends Placed>({ stage, cards, lifted, grip, face }: BoardListProps<T>) {
  const { setNodeRef, isOver } = useDroppable({ id: columnId(stage.id) });
  return (
    <SortableContext items={cards.map(({ id }) => id)} strategy={verticalListSortingStrategy}>
      <div ref={setNodeRef} className="flex min-h-24 flex-1 flex-col">
        {cards.length === 0 && (
          <p
            className={cn(
              "flex flex-1 items-center justify-center rounded-lg border border-dashed border-input px-4 py-6",
              "text-center text-sm text-muted-foreground text-balance",
              isOver && "border-primary bg-accent text-accent-foreground",
            )}
          >
            {texts.empty}
          </p>
        )}
        <ul aria-label={stage.title} className="space-y-2.5 empty:hidden">
          {cards.map((card) => (
            <BoardItem key={card.id} id={card.id} stage={stage.id} lifted={lifted?.id === card.id ? lifted : null}>
              {face(card, grip(card))}
            </BoardItem>
          ))}
        </ul>
      </div>
    </SortableContext>
  );
}

interface BoardItemProps {
  id: string;
  stage: string;
  lifted: Lifted | null;
  children: ReactNode;
}

function BoardItem({ id, stage, lifted, children }: BoardItemProps) {
  const { listeners, setNodeRef, transform, transition } = useSortable({ id, data: { stage } });
  return (
    <li
      ref={setNodeRef}
      {...listeners}
      style={{ transform: CSS.Translate.toString(transform), transition }}
      className={cn(
        "cursor-grab touch-manipulation rounded-lg",
        lifted?.by === "pointer" && "opacity-40",
        lifted?.by === "keys" && "shadow-lg ring-2 ring-ring",
      )}
    >
      {children}
    </li>
  );
}
