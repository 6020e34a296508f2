import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Circle } from "lucide-react";

import { Button } from "@/components/ui/button";
import { cn } from "@/core/utils";

import type { Action, Controls } from "./controls";

const ICONS = { left: ArrowLeft, right: ArrowRight, up: ArrowUp, down: ArrowDown, action: Circle };

interface TouchControlsProps {
  controls: Controls;
  /** Which buttons there are and what each is called, in this order. */
  labels: Partial<Record<Action, string>>;
  disabled?: boolean;
  className?: string;
}

/** Large buttons below the field, on devices that are used by touch. */
export function TouchControls({ controls, labels, disabled, className }: TouchControlsProps) {
  const actions = Object.entries(labels) as [Action, string][];
  return (
    <div className={cn("hidden gap-3 pointer-coarse:flex", className)}>
      {actions.map(([action, label]) => {
        const Icon = ICONS[action];
        const release = () => controls.release(action, "button");
        return (
          <Button
            key={action}
            type="button"
            variant="secondary"
            className="h-16 flex-1 touch-none"
            aria-label={label}
            disabled={disabled}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              controls.press(action, "button");
            }}
            onPointerUp={release}
            onPointerCancel={release}
            onContextMenu={(event) => event.preventDefault()}
          >
            <Icon aria-hidden className="size-6" />
          </Button>
        );
      })}
    </div>
  );
}
