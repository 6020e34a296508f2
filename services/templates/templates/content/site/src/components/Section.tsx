import { useId, type ReactNode } from "react";

import { cn } from "@/core/utils";

interface SectionProps {
  eyebrow?: string;
  title: string;
  text?: string;
  className?: string;
  children: ReactNode;
}

/** A part of a page with its heading, as wide as the page. */
export function Section({ eyebrow, title, text, className, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cn("py-16 sm:py-24", className)}>
      <div className="mx-auto max-w-6xl px-4 sm:px-6">
        <header className="max-w-2xl space-y-3">
          {eyebrow && <p className="text-sm font-medium text-primary">{eyebrow}</p>}
          <h2 id={id} className="text-3xl text-balance sm:text-4xl">
            {title}
          </h2>
          {text && <p className="text-lg text-muted-foreground text-pretty">{text}</p>}
        </header>
        <div className="mt-10 sm:mt-12">{children}</div>
      </div>
    </section>
  );
}
