import { cva } from "class-variance-authority";
import { ChevronDownIcon } from "lucide-react";
import { NavigationMenu as Primitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";

export function NavigationMenu({
  className,
  children,
  viewport = true,
  ...props
}: ComponentProps<typeof Primitive.Root> & { viewport?: boolean }) {
  return (
    <Primitive.Root
      data-slot="navigation-menu"
      data-viewport={viewport}
      className={cn(
        "group/navigation-menu relative flex max-w-max flex-1 items-center justify-center",
        className,
      )}
      {...props}
    >
      {children}
      {viewport && <NavigationMenuViewport />}
    </Primitive.Root>
  );
}

export const NavigationMenuList = part(
  Primitive.List,
  "navigation-menu-list",
  "flex flex-1 list-none flex-wrap items-center justify-center gap-1",
);
export const NavigationMenuItem = part(Primitive.Item, "navigation-menu-item", "relative");

export const navigationMenuTriggerStyle = cva(
  "group inline-flex h-9 w-max cursor-pointer items-center justify-center rounded-md bg-transparent " +
    "px-4 py-2 text-sm font-medium transition-colors hover:bg-accent hover:text-accent-foreground " +
    "disabled:pointer-events-none disabled:opacity-50 data-[active=true]:bg-accent " +
    "data-[state=open]:bg-accent data-[state=open]:text-accent-foreground",
);

export function NavigationMenuTrigger({
  className,
  children,
  ...props
}: ComponentProps<typeof Primitive.Trigger>) {
  return (
    <Primitive.Trigger
      data-slot="navigation-menu-trigger"
      className={cn(navigationMenuTriggerStyle(), className)}
      {...props}
    >
      {children}
      <ChevronDownIcon
        aria-hidden
        className={"ml-1 size-3 transition-transform group-data-[state=open]:rotate-180"}
      />
    </Primitive.Trigger>
  );
}

export const NavigationMenuContent = part(
  Primitive.Content,
  "navigation-menu-content",
  "top-0 left-0 w-full p-2 md:absolute md:w-auto group-data-[viewport=false]/navigation-menu:top-full " +
    "group-data-[viewport=false]/navigation-menu:z-50 group-data-[viewport=false]/navigation-menu:mt-1.5 " +
    "group-data-[viewport=false]/navigation-menu:overflow-hidden " +
    "group-data-[viewport=false]/navigation-menu:rounded-md " +
    "group-data-[viewport=false]/navigation-menu:border " +
    "group-data-[viewport=false]/navigation-menu:border-border " +
    "group-data-[viewport=false]/navigation-menu:bg-popover " +
    "group-data-[viewport=false]/navigation-menu:text-popover-foreground " +
    "group-data-[viewport=false]/navigation-menu:shadow-md",
);

export function NavigationMenuViewport({ className, ...props }: ComponentProps<typeof Primitive.Viewport>) {
  return (
    <div className="absolute top-full left-0 isolate z-50 flex justify-center">
      <Primitive.Viewport
        data-slot="navigation-menu-viewport"
        className={cn(
          "relative mt-1.5 h-(--radix-navigation-menu-viewport-height) w-full overflow-hidden " +
            "rounded-md border border-border bg-popover text-popover-foreground shadow-md " +
            "data-[state=closed]:animate-out data-[state=closed]:fade-out-0 data-[state=open]:animate-in " +
            "data-[state=open]:fade-in-0 md:w-(--radix-navigation-menu-viewport-width)",
          className,
        )}
        {...props}
      />
    </div>
  );
}

export const NavigationMenuLink = part(
  Primitive.Link,
  "navigation-menu-link",
  "flex flex-col gap-1 rounded-sm p-2 text-sm transition-colors hover:bg-accent " +
    "hover:text-accent-foreground data-[active=true]:bg-accent [&_svg:not([class*='size-'])]:size-4",
);

export function NavigationMenuIndicator({ className, ...props }: ComponentProps<typeof Primitive.Indicator>) {
  return (
    <Primitive.Indicator
      data-slot="navigation-menu-indicator"
      className={cn("top-full z-10 flex h-1.5 items-end justify-center overflow-hidden", className)}
      {...props}
    >
      <div className="relative top-[60%] size-2 rotate-45 rounded-tl-sm bg-border shadow-md" />
    </Primitive.Indicator>
  );
}
