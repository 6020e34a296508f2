import { CheckIcon, ChevronsUpDownIcon } from "lucide-react";
import { type ComponentProps, useState } from "react";

import { cn } from "@/core/utils";

import { Button } from "./button";
import { Command, CommandEmpty, CommandGroup, CommandInput, CommandItem, CommandList } from "./command";
import { Popover, PopoverContent, PopoverTrigger } from "./popover";

export interface ComboboxOption {
  value: string;
  label: string;
  disabled?: boolean;
}

export interface ComboboxProps extends Omit<
  ComponentProps<typeof Button>,
  "value" | "defaultValue" | "onChange"
> {
  options: readonly ComboboxOption[];
  value?: string;
  defaultValue?: string;
  /** Gets "" where the chosen option is chosen again, which takes it back. */
  onValueChange?: (value: string) => void;
  placeholder?: string;
  searchPlaceholder?: string;
  emptyText?: string;
}

/** A select that can be searched. */
export function Combobox({
  options,
  value,
  defaultValue = "",
  onValueChange,
  placeholder = "Select…",
  searchPlaceholder = "Search…",
  emptyText = "Nothing found.",
  className,
  ...props
}: ComboboxProps) {
  const [open, setOpen] = useState(false);
  const [own, setOwn] = useState(defaultValue);
  const chosen = value ?? own;
  const label = options.find((option) => option.value === chosen)?.label;

  function choose(next: string) {
    const result = next === chosen ? "" : next;
    setOwn(result);
    onValueChange?.(result);
    setOpen(false);
  }

  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button
          type="button"
          variant="outline"
          role="combobox"
          aria-expanded={open}
          className={cn("w-56 justify-between font-normal", !label && "text-muted-foreground", className)}
          {...props}
        >
          <span className="truncate">{label ?? placeholder}</span>
          <ChevronsUpDownIcon aria-hidden className="opacity-70" />
        </Button>
      </PopoverTrigger>
      <PopoverContent className="w-(--radix-popover-trigger-width) min-w-48 p-0" align="start">
        <Command label={searchPlaceholder}>
          <CommandInput placeholder={searchPlaceholder} />
          <CommandList>
            <CommandEmpty>{emptyText}</CommandEmpty>
            <CommandGroup>
              {options.map((option) => (
                <CommandItem
                  key={option.value}
                  value={option.value}
                  keywords={[option.label]}
                  disabled={option.disabled}
                  onSelect={() => choose(option.value)}
                >
                  {option.label}
                  <CheckIcon
                    aria-hidden
                    className={cn("ml-auto", option.value === chosen ? "opacity-100" : "opacity-0")}
                  />
                </CommandItem>
              ))}
            </CommandGroup>
          </CommandList>
        </Command>
      </PopoverContent>
    </Popover>
  );
}
