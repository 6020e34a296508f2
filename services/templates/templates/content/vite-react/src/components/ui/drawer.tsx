import type { ComponentProps } from "react";
import { Drawer as DrawerPrimitive } from "vaul";

import { cn } from "@/core/utils";

import { part } from "./part";
import { overlay } from "./surface";

export const Drawer = DrawerPrimitive.Root;
export const DrawerPortal = DrawerPrimitive.Portal;
export const DrawerTrigger = part(DrawerPrimitive.Trigger, "drawer-trigger");
export const DrawerClose = part(DrawerPrimitive.Close, "drawer-close");
export const DrawerOverlay = part(DrawerPrimitive.Overlay, "drawer-overlay", overlay);

export function DrawerContent({
  className,
  children,
  ...props
}: ComponentProps<typeof DrawerPrimitive.Content>) {
  return (
    <DrawerPortal>
      <DrawerOverlay />
      <DrawerPrimitive.Content
        data-slot="drawer-content"
        className={cn(
          "group/drawer fixed z-50 flex h-auto flex-col border-border bg-popover " +
            "text-popover-foreground outline-none data-[vaul-drawer-direction=bottom]:inset-x-0 " +
            "data-[vaul-drawer-direction=bottom]:bottom-0 data-[vaul-drawer-direction=bottom]:mt-24 " +
            "data-[vaul-drawer-direction=bottom]:max-h-[85dvh] " +
            "data-[vaul-drawer-direction=bottom]:rounded-t-xl " +
            "data-[vaul-drawer-direction=bottom]:border-t data-[vaul-drawer-direction=left]:inset-y-0 " +
            "data-[vaul-drawer-direction=left]:left-0 " +
            "data-[vaul-drawer-direction=left]:w-[min(85vw,24rem)] " +
            "data-[vaul-drawer-direction=left]:border-r data-[vaul-drawer-direction=right]:inset-y-0 " +
            "data-[vaul-drawer-direction=right]:right-0 " +
            "data-[vaul-drawer-direction=right]:w-[min(85vw,24rem)] " +
            "data-[vaul-drawer-direction=right]:border-l data-[vaul-drawer-direction=top]:inset-x-0 " +
            "data-[vaul-drawer-direction=top]:top-0 data-[vaul-drawer-direction=top]:mb-24 " +
            "data-[vaul-drawer-direction=top]:max-h-[85dvh] " +
            "data-[vaul-drawer-direction=top]:rounded-b-xl data-[vaul-drawer-direction=top]:border-b",
          className,
        )}
        {...props}
      >
        <div
          className={
            "mx-auto mt-3 hidden h-1.5 w-16 shrink-0 rounded-full bg-border " +
            "group-data-[vaul-drawer-direction=bottom]/drawer:block"
          }
        />
        {children}
      </DrawerPrimitive.Content>
    </DrawerPortal>
  );
}

export const DrawerHeader = part(
  "div",
  "drawer-header",
  "flex flex-col gap-1.5 p-4 text-center md:text-left",
);
export const DrawerFooter = part("div", "drawer-footer", "mt-auto flex flex-col gap-2 p-4");
export const DrawerTitle = part(
  DrawerPrimitive.Title,
  "drawer-title",
  "font-heading text-lg leading-snug font-semibold",
);
export const DrawerDescription = part(
  DrawerPrimitive.Description,
  "drawer-description",
  "text-sm text-muted-foreground",
);
