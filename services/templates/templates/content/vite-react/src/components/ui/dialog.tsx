import { XIcon } from "lucide-react";
import { Dialog as DialogPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";
import { cross, overlay, centred } from "./surface";

export const Dialog = DialogPrimitive.Root;
export const DialogPortal = DialogPrimitive.Portal;
export const DialogTrigger = part(DialogPrimitive.Trigger, "dialog-trigger");
export const DialogClose = part(DialogPrimitive.Close, "dialog-close");
export const DialogOverlay = part(DialogPrimitive.Overlay, "dialog-overlay", overlay);

export interface DialogContentProps extends ComponentProps<typeof DialogPrimitive.Content> {
  showCloseButton?: boolean;
}

export function DialogContent({ className, children, showCloseButton = true, ...props }: DialogContentProps) {
  return (
    <DialogPortal>
      <DialogOverlay />
      <DialogPrimitive.Content data-slot="dialog-content" className={cn(centred, className)} {...props}>
        {children}
        {showCloseButton && (
          <DialogPrimitive.Close data-slot="dialog-close" aria-label="Close" className={cross}>
            <XIcon className="size-4" />
          </DialogPrimitive.Close>
        )}
      </DialogPrimitive.Content>
    </DialogPortal>
  );
}

export const DialogHeader = part("div", "dialog-header", "flex flex-col gap-2 pr-8 text-left");
export const DialogFooter = part(
  "div",
  "dialog-footer",
  "flex flex-col-reverse gap-2 sm:flex-row sm:justify-end",
);
export const DialogTitle = part(
  DialogPrimitive.Title,
  "dialog-title",
  "font-heading text-lg leading-snug font-semibold",
);
export const DialogDescription = part(
  DialogPrimitive.Description,
  "dialog-description",
  "text-sm text-muted-foreground",
);
