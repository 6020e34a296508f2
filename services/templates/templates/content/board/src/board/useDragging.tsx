import {
  MouseSensor,
  TouchSensor,
  useSensor,
  useSensors,
  type DragEndEvent,
  type DragOverEvent,
  type DragStartEvent,
} from "@dnd-kit/core";
import { useId, useState, type ReactNode } from "react";

import { texts } from "@/texts/board";

import type { BoardProps, BoardStage } from "./Board";
import { stageOfColumn } from "./collisions";
import { arrange, moved, placeOf, stageOf, type Arrangement, type Placed } from "./moves";
import { useKeys } from "./useKeys";

/** A card on its way, and how the board would be if it were put down now. */
export interface Lifted {
  id: string;
  by: "pointer" | "keys";
  arrangement: Arrangement;
}

interface Dragging<T> {
  arrangement: Arrangement;
  lifted: Lifted | null;
  /** What was announced last. */
  said: string;
  grip: (card: T) => ReactNode;
  /** The id for the words that say how the keyboard moves cards. */
  help: string;
  /** For DndContext. */
  context: object;
}

/** While a card is on its way the board shows where it would stand; what others change waits until it is put down. */
export function useDragging<T extends Placed, S extends BoardStage>(props: BoardProps<T, S>): Dragging<T> {
  const { stages, cards, nameOf, onMove } = props;
  const [lifted, setLifted] = useState<Lifted | null>(null);
  const [said, say] = useState("");
  const help = useId();
  const present = arrange(cards, stages.map(({ id }) => id));
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 6 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 200, tolerance: 8 } }), // a shorter touch scrolls
  );
  const cardOf = (id: string) => cards.find((card) => card.id === id);
  const nameFor = (id: string) => nameOf(cardOf(id) as T);

  function where(arrangement: Arrangement, id: string): string {
    const stage = stageOf(arrangement, id) ?? "";
    const ids = arrangement[stage] ?? [];
    const title = stages.find((each) => each.id === stage)?.title ?? stage;
    return texts.place(title, ids.indexOf(id) + 1, ids.length);
  }

  function lift(id: string, by: Lifted["by"]) {
    setLifted({ id, by, arrangement: present });
    say(texts.lifted(nameFor(id), where(present, id)));
  }

  function show({ id, by }: Lifted, arrangement: Arrangement) {
    setLifted({ id, by, arrangement });
    say(where(arrangement, id));
  }

  function drop(id: string, arrangement: Arrangement) {
    setLifted(null);
    const card = cardOf(id);
    if (!card) return; // somebody else removed it meanwhile
    say(texts.dropped(nameFor(id), where(arrangement, id)));
    const place = placeOf(arrangement, id, cards);
    if (place) onMove(card, place);
  }

  function leave() {
    setLifted(null);
    if (lifted && cardOf(lifted.id)) say(texts.left(nameFor(lifted.id)));
  }

  const grip = useKeys({ lifted, lift, show, drop, leave, nameOf, help });
  const context = {
    sensors,
    onDragStart: ({ active }: DragStartEvent) => lift(String(active.id), "pointer"),
    onDragOver: (event: DragOverEvent) => {
      const next = lifted && acrossColumns(lifted, event);
      if (next) show(lifted, next);
      else if (lifted && event.over && event.over.id !== lifted.id) say(where(withinColumn(lifted, event), lifted.id));
    },
    onDragEnd: (event: DragEndEvent) => lifted && (event.over ? drop(lifted.id, withinColumn(lifted, event)) : leave()),
    onDragCancel: leave,
  };
  return { arrangement: lifted?.arrangement ?? present, lifted, said, grip, help, context };
}

/** The arrangement once a card is over another column; within one dnd-kit shows by itself where it would stand. */
function acrossColumns({ id, arrangement }: Lifted, { active, over }: DragOverEvent): Arrangement | null {
  if (!over || over.id === id) return null;
  const target = stageOfColumn(String(over.id)) ?? stageOf(arrangement, String(over.id));
  if (target === undefined || target === stageOf(arrangement, id)) return null;
  const at = arrangement[target]?.indexOf(String(over.id)) ?? -1;
  const top = active.rect.current.translated?.top ?? 0;
  const below = top > over.rect.top + over.rect.height / 2;
  return moved(arrangement, id, target, at < 0 ? Infinity : at + Number(below));
}

function withinColumn({ id, arrangement }: Lifted, { over }: DragOverEvent): Arrangement {
  const target = String(over?.id);
  const stage = stageOf(arrangement, id);
  if (stage === undefined || target === id || stageOf(arrangement, target) !== stage) return arrangement;
  return moved(arrangement, id, stage, arrangement[stage]?.indexOf(target) ?? 0);
}
