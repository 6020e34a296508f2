import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";
import { Separator } from "./separator";

const itemVariants = cva(
  "group/item flex flex-wrap items-center rounded-md border border-transparent text-sm " +
    "transition-colors [a&]:hover:bg-accent",
  {
    variants: {
      variant: { default: "", outline: "border-border", muted: "bg-muted" },
      size: { default: "gap-4 p-4", sm: "gap-2.5 px-4 py-3", xs: "gap-2 px-2.5 py-2" },
    },
    defaultVariants: { variant: "default", size: "default" },
  },
);

export function Item({
  className,
  variant,
  size,
  asChild = false,
  ...props
}: ComponentProps<"div"> & VariantProps<typeof itemVariants> & { asChild?: boolean }) {
  const Element = asChild ? Slot.Root : "div";
  return <Element data-slot="item" className={cn(itemVariants({ variant, size }), className)} {...props} />;
}

const mediaVariants = cva("flex shrink-0 items-center justify-center gap-2 [&_svg]:pointer-events-none", {
  variants: {
    variant: {
      default: "",
      icon: "size-9 rounded-md bg-secondary text-secondary-foreground [&_svg:not([class*='size-'])]:size-4",
      image: "size-10 overflow-hidden rounded-md [&_img]:size-full [&_img]:object-cover",
    },
  },
  defaultVariants: { variant: "default" },
});

export function ItemMedia({
  className,
  variant,
  ...props
}: ComponentProps<"div"> & VariantProps<typeof mediaVariants>) {
  return <div data-slot="item-media" className={cn(mediaVariants({ variant }), className)} {...props} />;
}

export const ItemGroup = part("div", "item-group", "flex flex-col");

export function ItemSeparator({ className, ...props }: ComponentProps<typeof Separator>) {
  return <Separator data-slot="item-separator" className={cn("my-0", className)} {...props} />;
}

export const ItemContent = part("div", "item-content", "flex flex-1 flex-col gap-1");
export const ItemTitle = part(
  "div",
  "item-title",
  "flex w-fit items-center gap-2 text-sm leading-snug font-medium",
);
export const ItemDescription = part(
  "p",
  "item-description",
  "line-clamp-2 text-sm text-balance text-muted-foreground",
);
export const ItemActions = part("div", "item-actions", "flex items-center gap-2");
export const ItemHeader = part("div", "item-header", "flex basis-full items-center justify-between gap-2");
export const ItemFooter = part("div", "item-footer", "flex basis-full items-center justify-between gap-2");
