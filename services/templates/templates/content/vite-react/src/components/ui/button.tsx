import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

export const buttonVariants = cva(
  "inline-flex shrink-0 cursor-pointer items-center justify-center gap-2 rounded-md text-sm " +
    "font-medium whitespace-nowrap transition-colors select-none disabled:pointer-events-none " +
    "disabled:opacity-55 aria-disabled:pointer-events-none aria-disabled:opacity-55 " +
    "aria-invalid:border-destructive [&_svg]:pointer-events-none [&_svg]:shrink-0 " +
    "[&_svg:not([class*='size-'])]:size-4",
  {
    variants: {
      variant: {
        default:
          "bg-primary text-primary-foreground shadow-xs " +
          "hover:bg-[color-mix(in_oklab,var(--primary)_90%,var(--foreground))]",
        destructive:
          "bg-destructive text-destructive-foreground shadow-xs " +
          "hover:bg-[color-mix(in_oklab,var(--destructive)_90%,var(--foreground))]",
        outline:
          "border border-input bg-background text-foreground shadow-xs hover:bg-accent " +
          "hover:text-accent-foreground",
        secondary:
          "bg-secondary text-secondary-foreground shadow-xs " +
          "hover:bg-[color-mix(in_oklab,var(--secondary)_92%,var(--foreground))]",
        ghost: "text-foreground hover:bg-accent hover:text-accent-foreground",
        link: "text-primary underline-offset-4 hover:underline",
      },
      size: {
        default: "h-9 px-4 py-2 has-[>svg]:px-3",
        xs: "h-7 gap-1 px-2 text-xs has-[>svg]:px-1.5",
        sm: "h-8 gap-1.5 px-3 has-[>svg]:px-2.5",
        lg: "h-11 px-6 text-base has-[>svg]:px-5",
        icon: "size-9",
        "icon-xs": "size-7",
        "icon-sm": "size-8",
        "icon-lg": "size-11",
      },
    },
    defaultVariants: { variant: "default", size: "default" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonVariants> {
  asChild?: boolean;
}

/** As everywhere in HTML, a button in a form submits it unless it says type="button". */
export function Button({ className, variant, size, asChild = false, ...props }: ButtonProps) {
  const Element = asChild ? Slot.Root : "button";
  return (
    <Element
      data-slot="button"
      data-variant={variant ?? "default"}
      data-size={size ?? "default"}
      className={cn(buttonVariants({ variant, size }), className)}
      {...props}
    />
  );
}
