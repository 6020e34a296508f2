import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import { type ComponentProps, lazy, Suspense, use } from "react";

import { cn } from "@/core/utils";

import { part } from "./part";
import { Skeleton } from "./skeleton";
import { SidebarContext } from "./sidebar-state";
import type { TooltipContent } from "./tooltip";

interface AsChild {
  asChild?: boolean;
}

export const SidebarHeader = part("div", "sidebar-header", "flex flex-col gap-2 p-2");
export const SidebarFooter = part("div", "sidebar-footer", "mt-auto flex flex-col gap-2 p-2");
export const SidebarContent = part(
  "div",
  "sidebar-content",
  "flex min-h-0 flex-1 flex-col gap-2 overflow-auto group-data-[collapsible=icon]:overflow-hidden",
);
export const SidebarGroup = part("div", "sidebar-group", "relative flex w-full min-w-0 flex-col p-2");
export const SidebarGroupContent = part("div", "sidebar-group-content", "w-full text-sm");

export function SidebarGroupLabel({ className, asChild = false, ...props }: ComponentProps<"div"> & AsChild) {
  const Element = asChild ? Slot.Root : "div";
  return (
    <Element
      data-slot="sidebar-group-label"
      className={cn(
        "flex h-8 shrink-0 items-center rounded-md px-2 text-xs font-medium opacity-80 " +
          "transition-[margin,opacity] group-data-[collapsible=icon]:-mt-8 " +
          "group-data-[collapsible=icon]:opacity-0 [&>svg]:size-4 [&>svg]:shrink-0",
        className,
      )}
      {...props}
    />
  );
}

const corner =
  "absolute right-1 flex aspect-square w-6 cursor-pointer items-center justify-center rounded-md p-0 " +
  "transition-colors hover:bg-sidebar-accent hover:text-sidebar-accent-foreground " +
  "group-data-[collapsible=icon]:hidden [&>svg]:size-4 [&>svg]:shrink-0";

export function SidebarGroupAction({
  className,
  asChild = false,
  ...props
}: ComponentProps<"button"> & AsChild) {
  const Element = asChild ? Slot.Root : "button";
  return (
    <Element
      data-slot="sidebar-group-action"
      className={cn(corner, "top-3.5 right-3", className)}
      {...props}
    />
  );
}

export const SidebarMenu = part("ul", "sidebar-menu", "flex w-full min-w-0 flex-col gap-1");
export const SidebarMenuItem = part("li", "sidebar-menu-item", "group/menu-item relative");

const menuButtonVariants = cva(
  "peer/menu-button flex w-full cursor-pointer items-center gap-2 overflow-hidden rounded-md p-2 " +
    "text-left text-sm transition-[width,height,padding,background-color] " +
    "group-has-data-[slot=sidebar-menu-action]/menu-item:pr-8 hover:bg-sidebar-accent " +
    "hover:text-sidebar-accent-foreground disabled:pointer-events-none disabled:opacity-50 " +
    "aria-disabled:pointer-events-none aria-disabled:opacity-50 group-data-[collapsible=icon]:size-9! " +
    "group-data-[collapsible=icon]:p-2.5! data-[active=true]:bg-sidebar-accent " +
    "data-[active=true]:font-medium data-[active=true]:text-sidebar-accent-foreground " +
    "[&>span:last-child]:truncate [&>svg]:size-4 [&>svg]:shrink-0",
  {
    variants: {
      variant: { default: "", outline: "border border-sidebar-border bg-background shadow-xs" },
      size: {
        default: "h-9 text-sm",
        sm: "h-7 text-xs",
        lg: "h-12 text-sm group-data-[collapsible=icon]:p-0!",
      },
    },
    defaultVariants: { variant: "default", size: "default" },
  },
);

export interface SidebarMenuButtonProps
  extends ComponentProps<"button">, AsChild, VariantProps<typeof menuButtonVariants> {
  isActive?: boolean;
  /** Says what the button is while the sidebar is folded to its icons. */
  tooltip?: string | ComponentProps<typeof TooltipContent>;
}

export function SidebarMenuButton({
  asChild = false,
  isActive = false,
  variant,
  size,
  tooltip,
  className,
  ...props
}: SidebarMenuButtonProps) {
  const Element = asChild ? Slot.Root : "button";
  const button = (
    <Element
      data-slot="sidebar-menu-button"
      data-size={size ?? "default"}
      data-active={isActive}
      aria-current={isActive && asChild ? "page" : undefined}
      className={cn(menuButtonVariants({ variant, size }), className)}
      {...props}
    />
  );
  // Only a folded sidebar hides what its buttons say.
  const folded = use(SidebarContext)?.state === "collapsed";
  if (!tooltip || !folded) return button;
  return (
    <Suspense fallback={button}>
      <SidebarTooltip content={typeof tooltip === "string" ? { children: tooltip } : tooltip}>{button}</SidebarTooltip>
    </Suspense>
  );
}

const SidebarTooltip = lazy(() =>
  import("./sidebar-tooltip").then((part) => ({ default: part.SidebarTooltip })),
);

export function SidebarMenuAction({
  className,
  asChild = false,
  showOnHover = false,
  ...props
}: ComponentProps<"button"> & AsChild & { showOnHover?: boolean }) {
  const Element = asChild ? Slot.Root : "button";
  return (
    <Element
      data-slot="sidebar-menu-action"
      className={cn(
        corner,
        "top-1.5 peer-data-[size=lg]/menu-button:top-3 peer-data-[size=sm]/menu-button:top-0.5",
        showOnHover &&
          "group-focus-within/menu-item:opacity-100 group-hover/menu-item:opacity-100 " +
            "data-[state=open]:opacity-100 md:opacity-0",
        className,
      )}
      {...props}
    />
  );
}

export const SidebarMenuBadge = part(
  "div",
  "sidebar-menu-badge",
  "pointer-events-none absolute top-2 right-1 flex h-5 min-w-5 items-center justify-center rounded-md " +
    "px-1 text-xs font-medium tabular-nums select-none group-data-[collapsible=icon]:hidden",
);

export function SidebarMenuSkeleton({
  className,
  showIcon = false,
  ...props
}: ComponentProps<"div"> & { showIcon?: boolean }) {
  return (
    <div
      data-slot="sidebar-menu-skeleton"
      className={cn("flex h-9 items-center gap-2 rounded-md px-2", className)}
      {...props}
    >
      {showIcon && <Skeleton className="size-4 rounded-md" />}
      <Skeleton className="h-4 w-3/4" />
    </div>
  );
}

export const SidebarMenuSub = part(
  "ul",
  "sidebar-menu-sub",
  "mx-3.5 flex min-w-0 flex-col gap-1 border-l border-sidebar-border px-2.5 py-0.5 " +
    "group-data-[collapsible=icon]:hidden",
);
export const SidebarMenuSubItem = part("li", "sidebar-menu-sub-item", "group/menu-sub-item relative");

export function SidebarMenuSubButton({
  asChild = false,
  size = "md",
  isActive = false,
  className,
  ...props
}: ComponentProps<"a"> & AsChild & { size?: "sm" | "md"; isActive?: boolean }) {
  const Element = asChild ? Slot.Root : "a";
  return (
    <Element
      data-slot="sidebar-menu-sub-button"
      data-size={size}
      data-active={isActive}
      aria-current={isActive ? "page" : undefined}
      className={cn(
        "flex h-8 min-w-0 cursor-pointer items-center gap-2 overflow-hidden rounded-md px-2 text-sm " +
          "transition-colors hover:bg-sidebar-accent hover:text-sidebar-accent-foreground " +
          "data-[active=true]:bg-sidebar-accent data-[active=true]:text-sidebar-accent-foreground " +
          "data-[size=sm]:text-xs [&>span:last-child]:truncate [&>svg]:size-4 [&>svg]:shrink-0",
        className,
      )}
      {...props}
    />
  );
}
