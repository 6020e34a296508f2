import type { ComponentProps } from "react";

import { cn } from "@/lib/utils";

export interface BadgeProps extends ComponentProps<"span"> {
  variant?: "default" | "secondary" | "success";
}

export function Badge({ variant = "default", className, ...props }: BadgeProps) {
  return <span data-variant={variant} className={cn("ui-badge", className)} {...props} />;
}
