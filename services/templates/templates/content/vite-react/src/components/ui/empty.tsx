import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

export const Empty = part(
  "div",
  "empty",
  "flex min-w-0 flex-1 flex-col items-center justify-center gap-5 rounded-xl border border-dashed " +
    "border-border p-6 text-center text-balance md:p-10",
);
export const EmptyHeader = part("div", "empty-header", "flex max-w-sm flex-col items-center gap-2");

const emptyMediaVariants = cva(
  "mb-1 flex shrink-0 items-center justify-center [&_svg]:pointer-events-none [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        default: "",
        icon:
          "size-11 rounded-lg bg-secondary text-secondary-foreground " +
          "[&_svg:not([class*='size-'])]:size-5",
      },
    },
    defaultVariants: { variant: "default" },
  },
);

export function EmptyMedia({
  className,
  variant,
  ...props
}: ComponentProps<"div"> & VariantProps<typeof emptyMediaVariants>) {
  return (
    <div data-slot="empty-media" className={cn(emptyMediaVariants({ variant }), className)} {...props} />
  );
}

export const EmptyTitle = part("div", "empty-title", "font-heading text-base font-semibold");
export const EmptyDescription = part(
  "div",
  "empty-description",
  "text-sm leading-relaxed text-muted-foreground [&>a]:underline [&>a]:underline-offset-4",
);
export const EmptyContent = part(
  "div",
  "empty-content",
  "flex w-full max-w-sm min-w-0 flex-col items-center gap-3 text-sm",
);
