import { Slider as SliderPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

export function Slider({
  className,
  defaultValue,
  value,
  min = 0,
  max = 100,
  "aria-label": label,
  "aria-labelledby": labelledBy,
  ...props
}: ComponentProps<typeof SliderPrimitive.Root>) {
  const thumbs = (value ?? defaultValue ?? [min]).length;
  // The thumb is what people move, so the name is its; two of them radix calls minimum and maximum.
  const named = labelledBy ? { "aria-labelledby": labelledBy } : label ? { "aria-label": label } : undefined;
  const name = named ?? (thumbs === 1 ? { "aria-label": "Value" } : {});
  return (
    <SliderPrimitive.Root
      data-slot="slider"
      defaultValue={defaultValue}
      value={value}
      min={min}
      max={max}
      className={cn(
        "relative flex w-full touch-none items-center select-none data-[disabled]:opacity-55 " +
          "data-[orientation=vertical]:h-full data-[orientation=vertical]:min-h-44 " +
          "data-[orientation=vertical]:w-auto data-[orientation=vertical]:flex-col",
        className,
      )}
      {...props}
    >
      <SliderPrimitive.Track
        data-slot="slider-track"
        className={
          "relative grow overflow-hidden rounded-full bg-secondary data-[orientation=horizontal]:h-1.5 " +
          "data-[orientation=horizontal]:w-full data-[orientation=vertical]:h-full " +
          "data-[orientation=vertical]:w-1.5"
        }
      >
        <SliderPrimitive.Range
          data-slot="slider-range"
          className={
            "absolute bg-primary data-[orientation=horizontal]:h-full " + "data-[orientation=vertical]:w-full"
          }
        />
      </SliderPrimitive.Track>
      {Array.from({ length: thumbs }, (_, index) => (
        <SliderPrimitive.Thumb
          data-slot="slider-thumb"
          key={index}
          {...name}
          className={
            "block size-4.5 shrink-0 cursor-grab rounded-full border-2 border-primary bg-background " +
            "shadow-sm transition-colors disabled:pointer-events-none"
          }
        />
      ))}
    </SliderPrimitive.Root>
  );
}
