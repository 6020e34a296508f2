import { Switch as SwitchPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

export interface SwitchProps extends ComponentProps<typeof SwitchPrimitive.Root> {
  size?: "sm" | "default";
}

export function Switch({ className, size = "default", ...props }: SwitchProps) {
  return (
    <SwitchPrimitive.Root
      data-slot="switch"
      data-size={size}
      className={cn(
        "peer group/switch inline-flex h-5 w-9 shrink-0 cursor-pointer items-center rounded-full " +
          "border border-transparent bg-input transition-colors disabled:cursor-not-allowed " +
          "disabled:opacity-55 data-[size=sm]:h-4 data-[size=sm]:w-7 data-[state=checked]:bg-primary",
        className,
      )}
      {...props}
    >
      <SwitchPrimitive.Thumb
        data-slot="switch-thumb"
        className={
          "pointer-events-none block size-4 translate-x-px rounded-full bg-background shadow-sm " +
          "transition-transform group-data-[size=sm]/switch:size-3 data-[state=checked]:translate-x-4 " +
          "data-[state=checked]:bg-primary-foreground " +
          "group-data-[size=sm]/switch:data-[state=checked]:translate-x-3"
        }
      />
    </SwitchPrimitive.Root>
  );
}
