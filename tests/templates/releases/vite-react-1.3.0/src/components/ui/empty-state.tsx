import type { ComponentProps, ReactNode } from "react";

import { cn } from "@/lib/utils";

export interface EmptyStateProps extends Omit<ComponentProps<"div">, "title"> {
  title: ReactNode;
  description?: ReactNode;
}

/** Stands where a list has no entries yet; children hold the way out, such as a button. */
export function EmptyState({ title, description, className, children, ...props }: EmptyStateProps) {
  return (
    <div className={cn("ui-empty", className)} {...props}>
      <p className="ui-empty-title">{title}</p>
      {description && <p className="ui-empty-description">{description}</p>}
      {children}
    </div>
  );
}
