import { GripVertical } from "lucide-react";
import type { KeyboardEvent } from "react";

import { texts } from "@/texts/board";

export const gripId = (card: string): string => `grip-${card}`;

interface GripProps {
  card: string;
  name: string;
  lifted: boolean;
  describedBy: string;
  /** Picks the card up, or puts it down. */
  onToggle: () => void;
  onKeyDown: (event: KeyboardEvent<HTMLButtonElement>) => void;
}

/** Where the keyboard takes a card; the mouse and fingers take it anywhere. */
export function Grip({ card, name, lifted, describedBy, onToggle, onKeyDown }: GripProps) {
  return (
    <button
      id={gripId(card)}
      type="button"
      aria-label={texts.move(name)}
      aria-describedby={describedBy}
      aria-pressed={lifted}
      onClick={({ detail }) => detail === 0 && onToggle()} // of keys and screen readers; the mouse drags
      onKeyDown={onKeyDown}
      className={
        "flex size-7 shrink-0 cursor-grab items-center justify-center rounded-md text-muted-foreground " +
        "transition-colors hover:bg-accent hover:text-accent-foreground aria-pressed:bg-primary " +
        "aria-pressed:text-primary-foreground"
      }
    >
      <GripVertical aria-hidden className="size-4" />
    </button>
  );
}
