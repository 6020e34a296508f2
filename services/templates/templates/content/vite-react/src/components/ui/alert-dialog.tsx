import { AlertDialog as AlertDialogPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { type ButtonProps, buttonVariants } from "./button";
import { part } from "./part";
import { centred, overlay } from "./surface";

export const AlertDialog = AlertDialogPrimitive.Root;
export const AlertDialogPortal = AlertDialogPrimitive.Portal;
export const AlertDialogTrigger = part(AlertDialogPrimitive.Trigger, "alert-dialog-trigger");
export const AlertDialogOverlay = part(AlertDialogPrimitive.Overlay, "alert-dialog-overlay", overlay);

export function AlertDialogContent({
  className,
  ...props
}: ComponentProps<typeof AlertDialogPrimitive.Content>) {
  return (
    <AlertDialogPortal>
      <AlertDialogOverlay />
      <AlertDialogPrimitive.Content
        data-slot="alert-dialog-content"
        className={cn(centred, className)}
        {...props}
      />
    </AlertDialogPortal>
  );
}

export const AlertDialogHeader = part("div", "alert-dialog-header", "flex flex-col gap-2 text-left");
export const AlertDialogFooter = part(
  "div",
  "alert-dialog-footer",
  "flex flex-col-reverse gap-2 sm:flex-row sm:justify-end",
);
export const AlertDialogTitle = part(
  AlertDialogPrimitive.Title,
  "alert-dialog-title",
  "font-heading text-lg leading-snug font-semibold",
);
export const AlertDialogDescription = part(
  AlertDialogPrimitive.Description,
  "alert-dialog-description",
  "text-sm text-muted-foreground",
);

type Looks = Pick<ButtonProps, "variant" | "size">;

export function AlertDialogAction({
  className,
  variant,
  size,
  ...props
}: ComponentProps<typeof AlertDialogPrimitive.Action> & Looks) {
  return (
    <AlertDialogPrimitive.Action
      data-slot="alert-dialog-action"
      className={cn(buttonVariants({ variant, size }), className)}
      {...props}
    />
  );
}

export function AlertDialogCancel({
  className,
  variant = "outline",
  size,
  ...props
}: ComponentProps<typeof AlertDialogPrimitive.Cancel> & Looks) {
  return (
    <AlertDialogPrimitive.Cancel
      data-slot="alert-dialog-cancel"
      className={cn(buttonVariants({ variant, size }), className)}
      {...props}
    />
  );
}
