import { useEffect, useRef, type ReactNode } from "react";

interface GameMenuProps {
  title: string;
  children: ReactNode;
  /** Takes the focus, as it comes while somebody plays. */
  grabs?: boolean;
}

/** Stands over the field while nothing moves. */
export function GameMenu({ title, children, grabs = false }: GameMenuProps) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (grabs) panel.current?.querySelector("button")?.focus({ preventScroll: true });
  }, [grabs]);
  return (
    <div className="absolute inset-0 grid place-items-center overflow-y-auto bg-background/30 p-4">
      <section
        ref={panel}
        aria-label={title}
        className="w-full max-w-72 space-y-5 rounded-xl border bg-popover p-6 text-center
          text-popover-foreground shadow-lg motion-safe:animate-in motion-safe:fade-in-0 motion-safe:zoom-in-95"
      >
        <h2 className="text-2xl font-semibold tracking-tight text-balance">{title}</h2>
        {children}
      </section>
    </div>
  );
}
