import { CheckIcon, ChevronRightIcon, CircleIcon } from "lucide-react";
import { Menubar as Primitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { menu } from "./menu-styles";
import { part } from "./part";

interface Inset {
  inset?: boolean;
}

export const Menubar = part(
  Primitive.Root,
  "menubar",
  "flex h-10 w-fit items-center gap-1 rounded-md border border-border bg-background p-1 shadow-xs",
);
export const MenubarMenu = Primitive.Menu;
export const MenubarPortal = Primitive.Portal;
export const MenubarTrigger = part(
  Primitive.Trigger,
  "menubar-trigger",
  "flex cursor-pointer items-center rounded-sm px-2.5 py-1 text-sm font-medium select-none " +
    "focus:bg-accent focus:text-accent-foreground data-[state=open]:bg-accent " +
    "data-[state=open]:text-accent-foreground",
);
export const MenubarGroup = part(Primitive.Group, "menubar-group");
export const MenubarRadioGroup = part(Primitive.RadioGroup, "menubar-radio-group");
export const MenubarSub = Primitive.Sub;

export function MenubarContent({
  className,
  align = "start",
  alignOffset = -4,
  sideOffset = 8,
  ...props
}: ComponentProps<typeof Primitive.Content>) {
  return (
    <Primitive.Portal>
      <Primitive.Content
        data-slot="menubar-content"
        align={align}
        alignOffset={alignOffset}
        sideOffset={sideOffset}
        className={cn(menu.content, className)}
        {...props}
      />
    </Primitive.Portal>
  );
}

export interface MenubarItemProps extends ComponentProps<typeof Primitive.Item>, Inset {
  variant?: "default" | "destructive";
}

export function MenubarItem({ className, inset, variant = "default", ...props }: MenubarItemProps) {
  return (
    <Primitive.Item
      data-slot="menubar-item"
      data-inset={inset || undefined}
      data-variant={variant}
      className={cn(menu.item, className)}
      {...props}
    />
  );
}

export function MenubarCheckboxItem({
  className,
  children,
  ...props
}: ComponentProps<typeof Primitive.CheckboxItem>) {
  return (
    <Primitive.CheckboxItem
      data-slot="menubar-checkbox-item"
      className={cn(menu.item, menu.choice, className)}
      {...props}
    >
      <span className={menu.mark}>
        <Primitive.ItemIndicator>
          <CheckIcon />
        </Primitive.ItemIndicator>
      </span>
      {children}
    </Primitive.CheckboxItem>
  );
}

export function MenubarRadioItem({
  className,
  children,
  ...props
}: ComponentProps<typeof Primitive.RadioItem>) {
  return (
    <Primitive.RadioItem
      data-slot="menubar-radio-item"
      className={cn(menu.item, menu.choice, className)}
      {...props}
    >
      <span className={menu.mark}>
        <Primitive.ItemIndicator>
          <CircleIcon className="size-2 fill-current" />
        </Primitive.ItemIndicator>
      </span>
      {children}
    </Primitive.RadioItem>
  );
}

export function MenubarLabel({ className, inset, ...props }: ComponentProps<typeof Primitive.Label> & Inset) {
  return (
    <Primitive.Label
      data-slot="menubar-label"
      data-inset={inset || undefined}
      className={cn(menu.label, className)}
      {...props}
    />
  );
}

export const MenubarSeparator = part(Primitive.Separator, "menubar-separator", menu.separator);
export const MenubarShortcut = part("span", "menubar-shortcut", menu.shortcut);

export function MenubarSubTrigger({
  className,
  inset,
  children,
  ...props
}: ComponentProps<typeof Primitive.SubTrigger> & Inset) {
  return (
    <Primitive.SubTrigger
      data-slot="menubar-sub-trigger"
      data-inset={inset || undefined}
      className={cn(menu.item, className)}
      {...props}
    >
      {children}
      <ChevronRightIcon className="ml-auto" />
    </Primitive.SubTrigger>
  );
}

export const MenubarSubContent = part(Primitive.SubContent, "menubar-sub-content", menu.content);
