import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

const alertVariants = cva(
  "relative grid w-full items-start gap-y-0.5 rounded-lg border px-4 py-3 text-sm " +
    "has-[>svg]:grid-cols-[1rem_1fr] has-[>svg]:gap-x-3 [&>svg]:size-4 [&>svg]:translate-y-0.5",
  {
    variants: {
      variant: {
        default: "border-border bg-card text-card-foreground",
        destructive: "border-destructive/50 bg-card text-destructive",
        success:
          "border-success/50 bg-[color-mix(in_oklab,var(--success)_12%,var(--card))] " +
          "text-card-foreground",
        warning:
          "border-warning/60 bg-[color-mix(in_oklab,var(--warning)_14%,var(--card))] " +
          "text-card-foreground",
      },
    },
    defaultVariants: { variant: "default" },
  },
);

export function Alert({
  className,
  variant,
  ...props
}: ComponentProps<"div"> & VariantProps<typeof alertVariants>) {
  return (
    <div data-slot="alert" role="alert" className={cn(alertVariants({ variant }), className)} {...props} />
  );
}

const column = "[svg~&]:col-start-2";
export const AlertTitle = part("div", "alert-title", `${column} font-medium`);
export const AlertDescription = part(
  "div",
  "alert-description",
  `${column} grid gap-1 leading-relaxed opacity-90`,
);
export const AlertAction = part("div", "alert-action", "absolute top-2.5 right-3");
