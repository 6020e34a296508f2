import type { ComponentProps } from "react";

import { cn } from "@/lib/utils";

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: "default" | "outline" | "ghost" | "destructive";
  size?: "default" | "sm";
}

/** A button that does not submit its form unless it says type="submit". */
export function Button({ variant = "default", size = "default", type = "button", className, ...props }: ButtonProps) {
  return (
    <button type={type} data-variant={variant} data-size={size} className={cn("ui-button", className)} {...props} />
  );
}
