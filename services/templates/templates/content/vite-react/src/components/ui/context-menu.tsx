import { CheckIcon, ChevronRightIcon, CircleIcon } from "lucide-react";
import { ContextMenu as Primitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { menu } from "./menu-styles";
import { part } from "./part";

interface Inset {
  inset?: boolean;
}

export const ContextMenu = Primitive.Root;
export const ContextMenuPortal = Primitive.Portal;
export const ContextMenuTrigger = part(Primitive.Trigger, "context-menu-trigger");
export const ContextMenuGroup = part(Primitive.Group, "context-menu-group");
export const ContextMenuRadioGroup = part(Primitive.RadioGroup, "context-menu-radio-group");
export const ContextMenuSub = Primitive.Sub;

export function ContextMenuContent({ className, ...props }: ComponentProps<typeof Primitive.Content>) {
  return (
    <Primitive.Portal>
      <Primitive.Content
        data-slot="context-menu-content"
        className={cn(menu.content, className)}
        {...props}
      />
    </Primitive.Portal>
  );
}

export interface ContextMenuItemProps extends ComponentProps<typeof Primitive.Item>, Inset {
  variant?: "default" | "destructive";
}

export function ContextMenuItem({ className, inset, variant = "default", ...props }: ContextMenuItemProps) {
  return (
    <Primitive.Item
      data-slot="context-menu-item"
      data-inset={inset || undefined}
      data-variant={variant}
      className={cn(menu.item, className)}
      {...props}
    />
  );
}

export function ContextMenuCheckboxItem({
  className,
  children,
  ...props
}: ComponentProps<typeof Primitive.CheckboxItem>) {
  return (
    <Primitive.CheckboxItem
      data-slot="context-menu-checkbox-item"
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

export function ContextMenuRadioItem({
  className,
  children,
  ...props
}: ComponentProps<typeof Primitive.RadioItem>) {
  return (
    <Primitive.RadioItem
      data-slot="context-menu-radio-item"
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

export function ContextMenuLabel({
  className,
  inset,
  ...props
}: ComponentProps<typeof Primitive.Label> & Inset) {
  return (
    <Primitive.Label
      data-slot="context-menu-label"
      data-inset={inset || undefined}
      className={cn(menu.label, className)}
      {...props}
    />
  );
}

export const ContextMenuSeparator = part(Primitive.Separator, "context-menu-separator", menu.separator);
export const ContextMenuShortcut = part("span", "context-menu-shortcut", menu.shortcut);

export function ContextMenuSubTrigger({
  className,
  inset,
  children,
  ...props
}: ComponentProps<typeof Primitive.SubTrigger> & Inset) {
  return (
    <Primitive.SubTrigger
      data-slot="context-menu-sub-trigger"
      data-inset={inset || undefined}
      className={cn(menu.item, className)}
      {...props}
    >
      {children}
      <ChevronRightIcon className="ml-auto" />
    </Primitive.SubTrigger>
  );
}

export const ContextMenuSubContent = part(Primitive.SubContent, "context-menu-sub-content", menu.content);
