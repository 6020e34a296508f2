import type { ReactNode } from "react";

interface PageHeaderProps {
  title: ReactNode;
  intro?: ReactNode;
  /** The page's main action. */
  children?: ReactNode;
}

export function PageHeader({ title, intro, children }: PageHeaderProps) {
  return (
    <header className="space-y-1">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <h1 className="text-2xl font-semibold tracking-tight text-balance sm:text-3xl">{title}</h1>
        {children}
      </div>
      {intro && <p className="max-w-prose text-muted-foreground text-pretty">{intro}</p>}
    </header>
  );
}
