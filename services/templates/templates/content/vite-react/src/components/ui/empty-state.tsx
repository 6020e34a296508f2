import type { ComponentProps, ReactNode } from "react";

import { Empty, EmptyDescription, EmptyHeader, EmptyTitle } from "./empty";

export interface EmptyStateProps extends Omit<ComponentProps<"div">, "title"> {
  title: ReactNode;
  description?: ReactNode;
}

/** Stands where a list has no entries yet; children hold the way out, such as a button. */
export function EmptyState({ title, description, children, ...props }: EmptyStateProps) {
  return (
    <Empty {...props}>
      <EmptyHeader>
        <EmptyTitle>{title}</EmptyTitle>
        {description && <EmptyDescription>{description}</EmptyDescription>}
      </EmptyHeader>
      {children}
    </Empty>
  );
}
