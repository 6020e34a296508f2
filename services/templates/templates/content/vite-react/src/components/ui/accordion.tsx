import { ChevronDownIcon } from "lucide-react";
import { Accordion as AccordionPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

export const Accordion = part(AccordionPrimitive.Root, "accordion", "w-full");
export const AccordionItem = part(
  AccordionPrimitive.Item,
  "accordion-item",
  "border-b border-border last:border-b-0",
);

export function AccordionTrigger({
  className,
  children,
  ...props
}: ComponentProps<typeof AccordionPrimitive.Trigger>) {
  return (
    <AccordionPrimitive.Header className="flex">
      <AccordionPrimitive.Trigger
        data-slot="accordion-trigger"
        className={cn(
          "flex flex-1 cursor-pointer items-start justify-between gap-4 rounded-md py-4 text-left " +
            "text-sm font-medium hover:underline disabled:pointer-events-none disabled:opacity-50 " +
            "[&[data-state=open]>svg]:rotate-180",
          className,
        )}
        {...props}
      >
        {children}
        <ChevronDownIcon
          className={
            "pointer-events-none size-4 shrink-0 translate-y-0.5 text-muted-foreground " +
            "transition-transform"
          }
        />
      </AccordionPrimitive.Trigger>
    </AccordionPrimitive.Header>
  );
}

export function AccordionContent({
  className,
  children,
  ...props
}: ComponentProps<typeof AccordionPrimitive.Content>) {
  return (
    <AccordionPrimitive.Content
      data-slot="accordion-content"
      className={
        "overflow-hidden text-sm data-[state=closed]:animate-accordion-up " +
        "data-[state=open]:animate-accordion-down"
      }
      {...props}
    >
      <div className={cn("pt-0 pb-4 leading-relaxed", className)}>{children}</div>
    </AccordionPrimitive.Content>
  );
}
