import { HoverCard as HoverCardPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";
import { popup } from "./surface";

export const HoverCard = HoverCardPrimitive.Root;
export const HoverCardTrigger = part(HoverCardPrimitive.Trigger, "hover-card-trigger");

export function HoverCardContent({
  className,
  align = "center",
  sideOffset = 4,
  ...props
}: ComponentProps<typeof HoverCardPrimitive.Content>) {
  return (
    <HoverCardPrimitive.Portal>
      <HoverCardPrimitive.Content
        data-slot="hover-card-content"
        align={align}
        sideOffset={sideOffset}
        className={cn(popup, "w-64 p-4", className)}
        {...props}
      />
    </HoverCardPrimitive.Portal>
  );
}
