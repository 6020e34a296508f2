import type { VariantProps } from "class-variance-authority";
import { ToggleGroup as ToggleGroupPrimitive } from "radix-ui";
import { type ComponentProps, createContext, use } from "react";

import { cn } from "@/core/utils";

import { toggleVariants } from "./toggle";

type Looks = VariantProps<typeof toggleVariants>;
const GroupLooks = createContext<Looks>({});

export function ToggleGroup({
  className,
  variant,
  size,
  children,
  ...props
}: ComponentProps<typeof ToggleGroupPrimitive.Root> & Looks) {
  return (
    <ToggleGroupPrimitive.Root
      data-slot="toggle-group"
      className={cn("flex w-fit items-center rounded-md", variant === "outline" && "shadow-xs", className)}
      {...props}
    >
      <GroupLooks value={{ variant, size }}>{children}</GroupLooks>
    </ToggleGroupPrimitive.Root>
  );
}

export function ToggleGroupItem({
  className,
  variant,
  size,
  ...props
}: ComponentProps<typeof ToggleGroupPrimitive.Item> & Looks) {
  const group = use(GroupLooks);
  return (
    <ToggleGroupPrimitive.Item
      data-slot="toggle-group-item"
      className={cn(
        toggleVariants({ variant: variant ?? group.variant, size: size ?? group.size }),
        "min-w-0 shrink-0 rounded-none px-3 shadow-none not-first:border-l-0 first:rounded-l-md " +
          "last:rounded-r-md focus-visible:z-10",
        className,
      )}
      {...props}
    />
  );
}
