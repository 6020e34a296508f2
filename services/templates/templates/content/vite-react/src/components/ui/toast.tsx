import type { ComponentProps, ReactElement, ReactNode } from "react";

import { cn } from "@/core/utils";

import { Button } from "./button";

/** What the older `useToast()` takes; notices of both kinds are shown by the one <Toaster>. */
export interface ToastProps {
  title?: ReactNode;
  description?: ReactNode;
  action?: ToastActionElement;
  variant?: "default" | "destructive" | "success" | "warning";
  /** Milliseconds. */
  duration?: number;
  onOpenChange?: (open: boolean) => void;
}

export type ToastActionElement = ReactElement;

export function ToastAction({
  altText,
  className,
  ...props
}: ComponentProps<typeof Button> & { altText?: string }) {
  return (
    <Button
      type="button"
      data-slot="toast-action"
      variant="outline"
      size="sm"
      aria-label={altText}
      className={cn("ml-auto", className)}
      {...props}
    />
  );
}
