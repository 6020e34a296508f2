import { CheckIcon, MinusIcon } from "lucide-react";
import { Checkbox as CheckboxPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

export function Checkbox({ className, ...props }: ComponentProps<typeof CheckboxPrimitive.Root>) {
  return (
    <CheckboxPrimitive.Root
      data-slot="checkbox"
      className={cn(
        "peer group/checkbox size-4.5 shrink-0 cursor-pointer rounded-[0.25rem] border border-input " +
          "bg-background shadow-xs transition-colors disabled:cursor-not-allowed disabled:opacity-55 " +
          "aria-invalid:border-destructive data-[state=checked]:border-primary " +
          "data-[state=checked]:bg-primary data-[state=checked]:text-primary-foreground " +
          "data-[state=indeterminate]:border-primary data-[state=indeterminate]:bg-primary " +
          "data-[state=indeterminate]:text-primary-foreground",
        className,
      )}
      {...props}
    >
      <CheckboxPrimitive.Indicator
        data-slot="checkbox-indicator"
        className="flex items-center justify-center"
      >
        <CheckIcon className="size-3.5 group-data-[state=indeterminate]/checkbox:hidden" />
        <MinusIcon className="hidden size-3.5 group-data-[state=indeterminate]/checkbox:block" />
      </CheckboxPrimitive.Indicator>
    </CheckboxPrimitive.Root>
  );
}
