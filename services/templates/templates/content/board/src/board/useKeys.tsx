import { useEffect, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from "react";

import { Grip, gripId } from "./Grip";
import { stepped, type Arrangement, type Direction, type Placed } from "./moves";
import type { Lifted } from "./useDragging";

const ARROWS: Record<string, Direction> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

interface Keys<T> {
  lifted: Lifted | null;
  lift: (id: string, by: "keys") => void;
  show: (lifted: Lifted, arrangement: Arrangement) => void;
  drop: (id: string, arrangement: Arrangement) => void;
  leave: () => void;
  nameOf: (card: T) => string;
  /** The id of the words that say how it is done. */
  help: string;
}

/** The grips, by which the keyboard moves cards from place to place, wherever these are on the screen. */
export function useKeys<T extends Placed>(keys: Keys<T>): (card: T) => ReactNode {
  const { lifted, lift, show, drop, leave, nameOf, help } = keys;
  const last = useRef<string | null>(null);
  const moving = lifted?.by === "keys" ? lifted : null;

  useLayoutEffect(() => {
    // In another column it is another element, which has to get the focus; the last time when it is put down.
    const id = moving?.id ?? last.current;
    const grip = id && document.getElementById(gripId(id));
    if (grip) {
      grip.focus({ preventScroll: true });
      grip.closest("li")?.scrollIntoView({ block: "nearest", inline: "center" });
    }
    last.current = moving?.id ?? null;
  }, [moving]);

  useEffect(() => {
    if (!moving) return;
    window.addEventListener("pointerdown", leave);
    return () => window.removeEventListener("pointerdown", leave);
  });

  function onKeyDown(id: string, event: KeyboardEvent) {
    const direction = ARROWS[event.key];
    if (!moving) return;
    if (event.key === "Tab") drop(id, moving.arrangement);
    else if (event.key === "Escape") leave();
    else if (direction) {
      event.preventDefault(); // else the page would scroll
      show(moving, stepped(moving.arrangement, id, direction));
    }
  }

  return (card) => (
    <Grip
      card={card.id}
      name={nameOf(card)}
      lifted={moving?.id === card.id}
      describedBy={help}
      onToggle={() => (moving ? drop(card.id, moving.arrangement) : lift(card.id, "keys"))}
      onKeyDown={(event) => onKeyDown(card.id, event)}
    />
  );
}
