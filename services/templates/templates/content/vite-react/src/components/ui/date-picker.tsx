import { format } from "date-fns";
import { CalendarIcon } from "lucide-react";
import { type ComponentProps, useState } from "react";
import type { DateRange } from "react-day-picker";

import { cn } from "@/core/utils";

import { Button } from "./button";
import { Calendar } from "./calendar";
import { Popover, PopoverContent, PopoverTrigger } from "./popover";

type ButtonOnly = Omit<ComponentProps<typeof Button>, "value" | "defaultValue" | "onChange">;

export interface DatePickerProps extends ButtonOnly {
  value?: Date;
  onChange?: (date: Date | undefined) => void;
  placeholder?: string;
  /** Days that cannot be chosen, as react-day-picker has it. */
  disabledDays?: ComponentProps<typeof Calendar>["disabled"];
  /** As date-fns writes it. */
  dateFormat?: string;
}

export function DatePicker({
  value,
  onChange,
  placeholder = "Pick a date",
  disabledDays,
  dateFormat = "PPP",
  className,
  ...props
}: DatePickerProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button
          type="button"
          variant="outline"
          data-empty={!value}
          className={cn(trigger, className)}
          {...props}
        >
          <CalendarIcon aria-hidden />
          {value ? format(value, dateFormat) : placeholder}
        </Button>
      </PopoverTrigger>
      <PopoverContent className="w-auto p-0" align="start">
        <Calendar
          mode="single"
          captionLayout="dropdown"
          selected={value}
          defaultMonth={value}
          disabled={disabledDays}
          onSelect={(date) => {
            onChange?.(date);
            setOpen(false);
          }}
          autoFocus
        />
      </PopoverContent>
    </Popover>
  );
}

export interface DateRangePickerProps extends ButtonOnly {
  value?: DateRange;
  onChange?: (range: DateRange | undefined) => void;
  placeholder?: string;
  dateFormat?: string;
}

export function DateRangePicker({
  value,
  onChange,
  placeholder = "Pick dates",
  dateFormat = "LLL d, y",
  className,
  ...props
}: DateRangePickerProps) {
  const days = [value?.from, value?.to].filter((day) => day !== undefined);
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button
          type="button"
          variant="outline"
          data-empty={days.length === 0}
          className={cn(trigger, className)}
          {...props}
        >
          <CalendarIcon aria-hidden />
          {days.map((day) => format(day, dateFormat)).join(" – ") || placeholder}
        </Button>
      </PopoverTrigger>
      <PopoverContent className="w-auto p-0" align="start">
        <Calendar
          mode="range"
          selected={value}
          defaultMonth={value?.from}
          onSelect={onChange}
          numberOfMonths={2}
          autoFocus
        />
      </PopoverContent>
    </Popover>
  );
}

const trigger = "w-60 justify-start text-left font-normal data-[empty=true]:text-muted-foreground";
