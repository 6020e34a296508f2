import { ChevronDownIcon } from "lucide-react";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { entry } from "./field-styles";

/** The browser's own select with option children: phones show it as they show every other. */
export function NativeSelect({ className, ...props }: ComponentProps<"select">) {
  return (
    <div data-slot="native-select-wrapper" className="relative flex w-full items-center has-[select:disabled]:opacity-55">
      <select
        data-slot="native-select"
        className={cn(
          entry,
          "h-9 appearance-none py-1 pr-9 [&>*]:bg-popover [&>*]:text-popover-foreground",
          className,
        )}
        {...props}
      />
      <ChevronDownIcon
        aria-hidden
        className={"pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 opacity-70"}
      />
    </div>
  );
}

export function NativeSelectOption(props: ComponentProps<"option">) {
  return <option data-slot="native-select-option" {...props} />;
}

export function NativeSelectOptGroup(props: ComponentProps<"optgroup">) {
  return <optgroup data-slot="native-select-optgroup" {...props} />;
}
