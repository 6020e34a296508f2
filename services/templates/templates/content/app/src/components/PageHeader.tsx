import type { ReactNode } from "react";

interface PageHeaderProps {
  title: ReactNode;
  intro?: ReactNode;
  /** The page's main action. */
  children?: ReactNode;
}

export function PageHeader({ title, intro, children }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 space-y-1">
        <h1 className="text-2xl font-semibold tracking-tight text-balance sm:text-3xl">{title}</h1>
        {intro && <p className="max-w-prose text-muted-foreground text-pretty">{intro}</p>}
      </div>
      {children}
    </header>
  );
}
