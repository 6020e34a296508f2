import { CheckIcon } from "lucide-react";
import { type ComponentProps, createContext, use } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

const Current = createContext(0);
const Own = createContext(0);

/** The steps of something longer; `value` is the index of the one that people are at, from 0. */
export function Stepper({ value, className, ...props }: ComponentProps<"ol"> & { value: number }) {
  return (
    <Current value={value}>
      <ol
        data-slot="stepper"
        className={cn("flex w-full flex-col gap-4 sm:flex-row sm:items-start", className)}
        {...props}
      />
    </Current>
  );
}

function useStep(): "complete" | "active" | "upcoming" {
  const current = use(Current);
  const own = use(Own);
  if (own < current) return "complete";
  return own === current ? "active" : "upcoming";
}

/** One step; `step` is its index, from 0. */
export function StepperItem({ step, ...props }: ComponentProps<"li"> & { step: number }) {
  return (
    <Own value={step}>
      <Step {...props} />
    </Own>
  );
}

function Step({ className, ...props }: ComponentProps<"li">) {
  const state = useStep();
  return (
    <li
      data-slot="stepper-item"
      data-state={state}
      aria-current={state === "active" ? "step" : undefined}
      className={cn("group/step flex flex-1 items-center gap-3", className)}
      {...props}
    />
  );
}

/** The step's number, or a tick once it is done. */
export function StepperIndicator({ className, children, ...props }: ComponentProps<"span">) {
  const state = useStep();
  return (
    <span
      data-slot="stepper-indicator"
      className={cn(
        "flex size-8 shrink-0 items-center justify-center rounded-full border border-input text-sm " +
          "font-medium text-muted-foreground group-data-[state=active]/step:border-primary " +
          "group-data-[state=active]/step:bg-primary " +
          "group-data-[state=active]/step:text-primary-foreground " +
          "group-data-[state=complete]/step:border-primary group-data-[state=complete]/step:text-primary " +
          "[&_svg]:size-4",
        className,
      )}
      {...props}
    >
      {state === "complete" ? <CheckIcon aria-label="Done" role="img" /> : (children ?? <StepNumber />)}
    </span>
  );
}

function StepNumber() {
  return use(Own) + 1;
}

export const StepperContent = part("div", "stepper-content", "grid gap-0.5");
export const StepperTitle = part("div", "stepper-title", "text-sm font-medium");
export const StepperDescription = part("div", "stepper-description", "text-sm text-muted-foreground");
export const StepperSeparator = part(
  "div",
  "stepper-separator",
  "hidden h-px flex-1 bg-border group-data-[state=complete]/step:bg-primary sm:block",
);
