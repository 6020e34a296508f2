import { XIcon } from "lucide-react";
import { Dialog as SheetPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";
import { cross, overlay } from "./surface";

export const Sheet = SheetPrimitive.Root;
export const SheetPortal = SheetPrimitive.Portal;
export const SheetTrigger = part(SheetPrimitive.Trigger, "sheet-trigger");
export const SheetClose = part(SheetPrimitive.Close, "sheet-close");
export const SheetOverlay = part(SheetPrimitive.Overlay, "sheet-overlay", overlay);

const across = "inset-y-0 h-full w-[min(85vw,24rem)]";
const along = "inset-x-0 max-h-[90dvh]";
const sides = {
  right:
    `${across} right-0 border-l data-[state=closed]:slide-out-to-right ` +
    "data-[state=open]:slide-in-from-right",
  left:
    `${across} left-0 border-r data-[state=closed]:slide-out-to-left ` +
    "data-[state=open]:slide-in-from-left",
  top: `${along} top-0 border-b data-[state=closed]:slide-out-to-top data-[state=open]:slide-in-from-top`,
  bottom:
    `${along} bottom-0 border-t data-[state=closed]:slide-out-to-bottom ` +
    "data-[state=open]:slide-in-from-bottom",
};

export interface SheetContentProps extends ComponentProps<typeof SheetPrimitive.Content> {
  side?: keyof typeof sides;
  showCloseButton?: boolean;
}

export function SheetContent({
  className,
  children,
  side = "right",
  showCloseButton = true,
  ...props
}: SheetContentProps) {
  return (
    <SheetPortal>
      <SheetOverlay />
      <SheetPrimitive.Content
        data-slot="sheet-content"
        className={cn(
          "fixed z-50 flex flex-col gap-4 overflow-y-auto border-border bg-popover " +
            "text-popover-foreground shadow-lg outline-none transition ease-in-out " +
            "data-[state=closed]:animate-out data-[state=closed]:duration-200 " +
            "data-[state=open]:animate-in data-[state=open]:duration-300",
          sides[side],
          className,
        )}
        {...props}
      >
        {children}
        {showCloseButton && (
          <SheetPrimitive.Close data-slot="sheet-close" aria-label="Close" className={cross}>
            <XIcon className="size-4" />
          </SheetPrimitive.Close>
        )}
      </SheetPrimitive.Content>
    </SheetPortal>
  );
}

export const SheetHeader = part("div", "sheet-header", "flex flex-col gap-1.5 p-5 pr-12");
export const SheetFooter = part("div", "sheet-footer", "mt-auto flex flex-col gap-2 p-5");
export const SheetTitle = part(
  SheetPrimitive.Title,
  "sheet-title",
  "font-heading text-lg leading-snug font-semibold",
);
export const SheetDescription = part(
  SheetPrimitive.Description,
  "sheet-description",
  "text-sm text-muted-foreground",
);
