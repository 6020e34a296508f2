import { cva, type VariantProps } from "class-variance-authority";
import { Tabs as TabsPrimitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

export const Tabs = part(
  TabsPrimitive.Root,
  "tabs",
  "flex flex-col gap-3 data-[orientation=vertical]:flex-row",
);

export const tabsListVariants = cva(
  "group/tabs-list inline-flex w-fit max-w-full items-center justify-center text-muted-foreground " +
    "data-[orientation=vertical]:flex-col data-[orientation=vertical]:items-stretch",
  {
    variants: {
      variant: {
        default: "min-h-9 rounded-lg bg-muted p-1",
        line:
          "gap-1 border-b border-border data-[orientation=vertical]:border-r " +
          "data-[orientation=vertical]:border-b-0",
      },
    },
    defaultVariants: { variant: "default" },
  },
);

export function TabsList({
  className,
  variant = "default",
  ...props
}: ComponentProps<typeof TabsPrimitive.List> & VariantProps<typeof tabsListVariants>) {
  return (
    <TabsPrimitive.List
      data-slot="tabs-list"
      data-variant={variant}
      className={cn(tabsListVariants({ variant }), className)}
      {...props}
    />
  );
}

export const TabsTrigger = part(
  TabsPrimitive.Trigger,
  "tabs-trigger",
  "inline-flex flex-1 cursor-pointer items-center justify-center gap-1.5 rounded-md px-3 py-1 text-sm " +
    "font-medium whitespace-nowrap transition-colors hover:text-foreground disabled:pointer-events-none " +
    "disabled:opacity-50 data-[state=active]:bg-background data-[state=active]:text-foreground " +
    "data-[state=active]:shadow-sm group-data-[variant=line]/tabs-list:-mb-px " +
    "group-data-[variant=line]/tabs-list:rounded-none group-data-[variant=line]/tabs-list:border-b-2 " +
    "group-data-[variant=line]/tabs-list:border-transparent " +
    "group-data-[variant=line]/tabs-list:bg-transparent group-data-[variant=line]/tabs-list:shadow-none " +
    "group-data-[variant=line]/tabs-list:data-[state=active]:border-primary [&_svg]:pointer-events-none " +
    "[&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4",
);
export const TabsContent = part(TabsPrimitive.Content, "tabs-content", "flex-1");
