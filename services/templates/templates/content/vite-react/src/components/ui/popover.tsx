import { Popover as PopoverPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";
import { popup } from "./surface";

export const Popover = PopoverPrimitive.Root;
export const PopoverTrigger = part(PopoverPrimitive.Trigger, "popover-trigger");
export const PopoverAnchor = part(PopoverPrimitive.Anchor, "popover-anchor");
export const PopoverClose = part(PopoverPrimitive.Close, "popover-close");

export function PopoverContent({
  className,
  align = "center",
  sideOffset = 4,
  ...props
}: ComponentProps<typeof PopoverPrimitive.Content>) {
  return (
    <PopoverPrimitive.Portal>
      <PopoverPrimitive.Content
        data-slot="popover-content"
        align={align}
        sideOffset={sideOffset}
        collisionPadding={8}
        className={cn(popup, "w-72 max-w-[calc(100vw-1rem)] p-4", className)}
        {...props}
      />
    </PopoverPrimitive.Portal>
  );
}

export const PopoverHeader = part("div", "popover-header", "flex flex-col gap-1 text-sm");
export const PopoverTitle = part("div", "popover-title", "font-medium");
export const PopoverDescription = part("p", "popover-description", "text-muted-foreground");
