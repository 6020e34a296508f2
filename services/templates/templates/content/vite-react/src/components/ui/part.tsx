import { type ComponentProps, createElement, type ElementType, type ReactElement } from "react";

import { cn } from "@/core/utils";

/**
 * An element or primitive with the kit's looks and its `data-slot`; classes given by an app win.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function part<T extends ElementType>(type: T, slot: string, classes = "") {
  return function Part(props: ComponentProps<T>): ReactElement {
    const { className } = props as { className?: string };
    return createElement<object>(type, {
      "data-slot": slot,
      ...props,
      className: cn(classes, className) || undefined,
    });
  };
}
