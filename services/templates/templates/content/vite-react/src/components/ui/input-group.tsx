import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps, MouseEvent } from "react";

import { cn } from "@/core/utils";

import { Button } from "./button";
import { Input } from "./input";
import { part } from "./part";
import { Textarea } from "./textarea";

export function InputGroup({ className, ...props }: ComponentProps<"div">) {
  return (
    <div
      role="group"
      data-slot="input-group"
      className={cn(
        "group/input-group relative flex w-full min-w-0 flex-wrap items-center rounded-md border " +
          "border-input shadow-xs transition-colors has-[:disabled]:opacity-55 " +
          "has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-2 " +
          "has-[:focus-visible]:outline-ring has-[[aria-invalid=true]]:border-destructive",
        className,
      )}
      {...props}
    />
  );
}

const addonVariants = cva(
  "flex cursor-text items-center justify-center gap-2 py-1.5 text-sm font-medium text-muted-foreground " +
    "select-none [&>svg:not([class*='size-'])]:size-4",
  {
    variants: {
      align: {
        "inline-start": "order-first pl-3",
        "inline-end": "order-last pr-3",
        "block-start": "order-first w-full justify-start px-3 pt-3",
        "block-end": "order-last w-full justify-start px-3 pb-3",
      },
    },
    defaultVariants: { align: "inline-start" },
  },
);

/** What stands beside a field within its frame; a click on it goes to the field. */
export function InputGroupAddon({
  className,
  align,
  ...props
}: ComponentProps<"div"> & VariantProps<typeof addonVariants>) {
  function focusField(event: MouseEvent<HTMLDivElement>) {
    if ((event.target as HTMLElement).closest("button, a")) return;
    event.currentTarget.parentElement?.querySelector<HTMLElement>("input, textarea")?.focus();
  }
  return (
    <div
      data-slot="input-group-addon"
      data-align={align ?? "inline-start"}
      className={cn(addonVariants({ align }), className)}
      onClick={focusField}
      {...props}
    />
  );
}

export function InputGroupButton({
  className,
  variant = "ghost",
  size = "xs",
  type = "button",
  ...props
}: ComponentProps<typeof Button>) {
  return (
    <Button type={type} variant={variant} size={size} className={cn("shadow-none", className)} {...props} />
  );
}

export const InputGroupText = part(
  "span",
  "input-group-text",
  "flex items-center gap-2 text-sm text-muted-foreground [&_svg]:pointer-events-none " +
    "[&_svg:not([class*='size-'])]:size-4",
);

const bare = "w-auto flex-1 rounded-none border-0 bg-transparent shadow-none focus-visible:outline-none";

export function InputGroupInput({ className, ...props }: ComponentProps<"input">) {
  return <Input data-slot="input-group-control" className={cn(bare, className)} {...props} />;
}

export function InputGroupTextarea({ className, ...props }: ComponentProps<"textarea">) {
  return (
    <Textarea
      data-slot="input-group-control"
      className={cn(bare, "resize-none py-3", className)}
      {...props}
    />
  );
}
