import { Command as CommandPrimitive } from "cmdk";
import { SearchIcon } from "lucide-react";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

import { Dialog, DialogContent, DialogDescription, DialogTitle } from "./dialog";
import { menu } from "./menu-styles";
import { part } from "./part";

export const Command = part(
  CommandPrimitive,
  "command",
  "flex size-full flex-col overflow-hidden rounded-md bg-popover text-popover-foreground",
);

export interface CommandDialogProps extends ComponentProps<typeof Dialog> {
  title?: string;
  description?: string;
  className?: string;
  showCloseButton?: boolean;
}

export function CommandDialog({
  title = "Commands",
  description = "Search for a command to run.",
  children,
  className,
  showCloseButton = false,
  ...props
}: CommandDialogProps) {
  return (
    <Dialog {...props}>
      <DialogContent className={cn("gap-0 overflow-hidden p-0", className)} showCloseButton={showCloseButton}>
        <DialogTitle className="sr-only">{title}</DialogTitle>
        <DialogDescription className="sr-only">{description}</DialogDescription>
        <Command label={title} className="**:data-[slot=command-input-wrapper]:h-12">
          {children}
        </Command>
      </DialogContent>
    </Dialog>
  );
}

export function CommandInput({ className, ...props }: ComponentProps<typeof CommandPrimitive.Input>) {
  return (
    <div
      data-slot="command-input-wrapper"
      className={"flex h-10 items-center gap-2 border-b border-border px-3"}
    >
      <SearchIcon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      <CommandPrimitive.Input
        data-slot="command-input"
        className={cn(
          "h-full w-full bg-transparent text-base outline-none placeholder:text-muted-foreground " +
            "placeholder:opacity-100 disabled:cursor-not-allowed disabled:opacity-50 md:text-sm",
          className,
        )}
        {...props}
      />
    </div>
  );
}

export const CommandList = part(
  CommandPrimitive.List,
  "command-list",
  "max-h-80 scroll-py-1 overflow-x-hidden overflow-y-auto",
);
export const CommandEmpty = part(
  CommandPrimitive.Empty,
  "command-empty",
  "py-6 text-center text-sm text-muted-foreground",
);
export const CommandGroup = part(
  CommandPrimitive.Group,
  "command-group",
  "overflow-hidden p-1 **:[[cmdk-group-heading]]:px-2 **:[[cmdk-group-heading]]:py-1.5 " +
    "**:[[cmdk-group-heading]]:text-xs **:[[cmdk-group-heading]]:font-medium " +
    "**:[[cmdk-group-heading]]:text-muted-foreground",
);
export const CommandSeparator = part(CommandPrimitive.Separator, "command-separator", "-mx-1 h-px bg-border");
export const CommandItem = part(
  CommandPrimitive.Item,
  "command-item",
  "relative flex cursor-default items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none " +
    "select-none data-[disabled=true]:pointer-events-none data-[disabled=true]:opacity-50 " +
    "data-[selected=true]:bg-accent data-[selected=true]:text-accent-foreground " +
    "[&_svg]:pointer-events-none [&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4",
);
export const CommandShortcut = part("span", "command-shortcut", menu.shortcut);
