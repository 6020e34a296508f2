import { CircleIcon } from "lucide-react";
import { RadioGroup as RadioGroupPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

export const RadioGroup = part(RadioGroupPrimitive.Root, "radio-group", "grid gap-3");

export function RadioGroupItem({ className, ...props }: ComponentProps<typeof RadioGroupPrimitive.Item>) {
  return (
    <RadioGroupPrimitive.Item
      data-slot="radio-group-item"
      className={cn(
        "peer aspect-square size-4.5 shrink-0 cursor-pointer rounded-full border border-input " +
          "bg-background text-primary shadow-xs transition-colors disabled:cursor-not-allowed " +
          "disabled:opacity-55 aria-invalid:border-destructive data-[state=checked]:border-primary",
        className,
      )}
      {...props}
    >
      <RadioGroupPrimitive.Indicator
        data-slot="radio-group-indicator"
        className={"flex items-center justify-center"}
      >
        <CircleIcon className="size-2.5 fill-primary" />
      </RadioGroupPrimitive.Indicator>
    </RadioGroupPrimitive.Item>
  );
}
