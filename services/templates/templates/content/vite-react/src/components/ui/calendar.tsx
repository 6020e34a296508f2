import { ChevronDownIcon, ChevronLeftIcon, ChevronRightIcon, ChevronUpIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { type ClassNames, type DateLib, DayPicker, type Modifiers } from "react-day-picker";

import { cn } from "@/core/utils";

import { type ButtonProps, buttonVariants } from "./button";

const arrows = { up: ChevronUpIcon, down: ChevronDownIcon, left: ChevronLeftIcon, right: ChevronRightIcon };

function Chevron({
  orientation = "right",
  className,
}: {
  orientation?: keyof typeof arrows;
  className?: string;
}) {
  const Arrow = arrows[orientation];
  return <Arrow aria-hidden className={cn("size-4", className)} />;
}

const looks: Partial<ClassNames> = {
  root: "w-fit",
  months: "relative flex flex-col gap-4 md:flex-row",
  month: "flex w-full flex-col gap-3",
  nav: "absolute inset-x-0 top-0 flex items-center justify-between gap-1",
  month_caption: "flex h-8 items-center justify-center px-9",
  caption_label: "flex items-center gap-1 text-sm font-medium select-none",
  dropdowns: "flex h-8 items-center justify-center gap-1.5 text-sm font-medium",
  dropdown_root:
    "relative rounded-md border border-input px-2 py-1 has-focus-visible:outline-2 " +
    "has-focus-visible:outline-ring",
  dropdown: "absolute inset-0 cursor-pointer bg-popover opacity-0",
  month_grid: "w-full border-collapse",
  weekdays: "flex",
  weekday: "flex-1 rounded-md text-xs font-normal text-muted-foreground select-none",
  week: "mt-1 flex w-full",
  week_number_header: "w-9 select-none",
  week_number: "flex w-9 items-center justify-center text-xs text-muted-foreground select-none",
  day: "group/day relative aspect-square size-9 flex-1 p-0 text-center text-sm select-none",
  day_button:
    "inline-flex size-full cursor-pointer items-center justify-center rounded-md transition-colors " +
    "hover:bg-accent hover:text-accent-foreground disabled:cursor-not-allowed " +
    "group-data-[selected]/day:bg-primary group-data-[selected]/day:text-primary-foreground",
  today:
    "[&:not([data-selected])>button]:bg-accent [&>button]:font-semibold " +
    "[&:not([data-selected])>button]:text-accent-foreground",
  outside: "text-muted-foreground",
  disabled: "text-muted-foreground opacity-55",
  hidden: "invisible",
  range_start: "rounded-l-md bg-accent",
  range_middle:
    "rounded-none bg-accent [&>button]:rounded-none [&>button]:bg-accent! " +
    "[&>button]:text-accent-foreground!",
  range_end: "rounded-r-md bg-accent",
};

/** With the day's number as a word of its own, as people say what they see. */
function nameOfDay(day: Date, modifiers: Modifiers, _options?: unknown, library?: DateLib): string {
  const date = day.toLocaleDateString(library?.options.locale?.code ?? "en", { dateStyle: "full" });
  return [modifiers.today && "Today", date, modifiers.selected && "selected"].filter(Boolean).join(", ");
}

export type CalendarProps = ComponentProps<typeof DayPicker> & { buttonVariant?: ButtonProps["variant"] };

/** A month to choose days in: mode "single", "multiple" or "range", as react-day-picker has them. */
export function Calendar({
  className,
  classNames,
  showOutsideDays = true,
  buttonVariant = "ghost",
  components,
  labels,
  ...props
}: CalendarProps) {
  const step = cn(
    buttonVariants({ variant: buttonVariant, size: "icon-sm" }),
    "z-10 aria-disabled:opacity-55",
  );
  return (
    <DayPicker
      data-slot="calendar"
      showOutsideDays={showOutsideDays}
      className={cn("group/calendar bg-transparent p-3", className)}
      classNames={{ ...looks, button_previous: step, button_next: step, ...classNames }}
      components={{ Chevron, ...components }}
      labels={{ labelDayButton: nameOfDay, ...labels }}
      {...props}
    />
  );
}
