import { Tooltip as TooltipPrimitive } from "radix-ui";
import { type ComponentProps, createContext, use } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

const Provided = createContext(false);

export function TooltipProvider({
  delayDuration = 200,
  children,
  ...props
}: ComponentProps<typeof TooltipPrimitive.Provider>) {
  return (
    <TooltipPrimitive.Provider delayDuration={delayDuration} {...props}>
      <Provided value={true}>{children}</Provided>
    </TooltipPrimitive.Provider>
  );
}

/** Brings a provider of its own where the app has none. */
export function Tooltip(props: ComponentProps<typeof TooltipPrimitive.Root>) {
  const root = <TooltipPrimitive.Root {...props} />;
  return use(Provided) ? root : <TooltipProvider>{root}</TooltipProvider>;
}

export const TooltipTrigger = part(TooltipPrimitive.Trigger, "tooltip-trigger");

export function TooltipContent({
  className,
  sideOffset = 4,
  children,
  ...props
}: ComponentProps<typeof TooltipPrimitive.Content>) {
  return (
    <TooltipPrimitive.Portal>
      <TooltipPrimitive.Content
        data-slot="tooltip-content"
        sideOffset={sideOffset}
        className={cn(
          "z-50 w-fit max-w-72 animate-in rounded-md bg-foreground px-3 py-1.5 text-xs text-balance " +
            "text-background fade-in-0 zoom-in-95 data-[state=closed]:animate-out " +
            "data-[state=closed]:fade-out-0 data-[state=closed]:zoom-out-95",
          className,
        )}
        {...props}
      >
        {children}
        <TooltipPrimitive.Arrow className="fill-foreground" />
      </TooltipPrimitive.Content>
    </TooltipPrimitive.Portal>
  );
}
