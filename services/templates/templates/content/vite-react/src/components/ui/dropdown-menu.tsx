import { CheckIcon, ChevronRightIcon, CircleIcon } from "lucide-react";
import { DropdownMenu as Primitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { menu } from "./menu-styles";
import { part } from "./part";

interface Inset {
  inset?: boolean;
}

export const DropdownMenu = Primitive.Root;
export const DropdownMenuPortal = Primitive.Portal;
export const DropdownMenuTrigger = part(Primitive.Trigger, "dropdown-menu-trigger");
export const DropdownMenuGroup = part(Primitive.Group, "dropdown-menu-group");
export const DropdownMenuRadioGroup = part(Primitive.RadioGroup, "dropdown-menu-radio-group");
export const DropdownMenuSub = Primitive.Sub;

export function DropdownMenuContent({
  className,
  sideOffset = 4,
  ...props
}: ComponentProps<typeof Primitive.Content>) {
  return (
    <Primitive.Portal>
      <Primitive.Content
        data-slot="dropdown-menu-content"
        sideOffset={sideOffset}
        className={cn(menu.content, className)}
        {...props}
      />
    </Primitive.Portal>
  );
}

export interface DropdownMenuItemProps extends ComponentProps<typeof Primitive.Item>, Inset {
  variant?: "default" | "destructive";
}

export function DropdownMenuItem({ className, inset, variant = "default", ...props }: DropdownMenuItemProps) {
  return (
    <Primitive.Item
      data-slot="dropdown-menu-item"
      data-inset={inset || undefined}
      data-variant={variant}
      className={cn(menu.item, className)}
      {...props}
    />
  );
}

export function DropdownMenuCheckboxItem({
  className,
  children,
  ...props
}: ComponentProps<typeof Primitive.CheckboxItem>) {
  return (
    <Primitive.CheckboxItem
      data-slot="dropdown-menu-checkbox-item"
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

export function DropdownMenuRadioItem({
  className,
  children,
  ...props
}: ComponentProps<typeof Primitive.RadioItem>) {
  return (
    <Primitive.RadioItem
      data-slot="dropdown-menu-radio-item"
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

export function DropdownMenuLabel({
  className,
  inset,
  ...props
}: ComponentProps<typeof Primitive.Label> & Inset) {
  return (
    <Primitive.Label
      data-slot="dropdown-menu-label"
      data-inset={inset || undefined}
      className={cn(menu.label, className)}
      {...props}
    />
  );
}

export const DropdownMenuSeparator = part(Primitive.Separator, "dropdown-menu-separator", menu.separator);
export const DropdownMenuShortcut = part("span", "dropdown-menu-shortcut", menu.shortcut);

export function DropdownMenuSubTrigger({
  className,
  inset,
  children,
  ...props
}: ComponentProps<typeof Primitive.SubTrigger> & Inset) {
  return (
    <Primitive.SubTrigger
      data-slot="dropdown-menu-sub-trigger"
      data-inset={inset || undefined}
      className={cn(menu.item, className)}
      {...props}
    >
      {children}
      <ChevronRightIcon className="ml-auto" />
    </Primitive.SubTrigger>
  );
}

export const DropdownMenuSubContent = part(Primitive.SubContent, "dropdown-menu-sub-content", menu.content);
