import { useEffect, useRef, type PointerEvent } from "react";

import { cn } from "@/core/utils";

import { Screen } from "./screen";
import type { Session } from "./session";

interface GameCanvasProps<State> {
  session: Session<State>;
  /** What the picture shows, for those who do not see it. */
  label: string;
  className?: string;
}

/** The field, as large as its place allows. */
export function GameCanvas<State>({ session, label, className }: GameCanvasProps<State>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const screen = useRef<Screen>(null);

  useEffect(() => {
    if (!canvas.current) return undefined;
    const { width, height } = session.game;
    const made = new Screen(canvas.current, { width, height }, () => session.draw(1));
    screen.current = made;
    session.paint = made.paint;
    session.draw(1);
    return () => {
      session.paint = () => undefined;
      made.close();
    };
  }, [session]);

  function follow(event: PointerEvent<HTMLCanvasElement>) {
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    session.controls.point(screen.current?.at(event) ?? null);
  }

  const letGo = () => session.controls.point(null);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      className={cn("block size-full touch-none select-none", className)}
      onPointerDown={follow}
      onPointerMove={follow}
      onPointerUp={letGo}
      onPointerCancel={letGo}
    />
  );
}
