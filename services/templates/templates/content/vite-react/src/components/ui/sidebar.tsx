import { PanelLeftIcon } from "lucide-react";
import {
  type ComponentProps,
  type CSSProperties,
  lazy,
  type MouseEvent,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useState,
} from "react";

import { cn } from "@/core/utils";
import { useIsMobile } from "@/hooks/use-mobile";

import { Button } from "./button";
import { Input } from "./input";
import { part } from "./part";
import { Separator } from "./separator";
import { SidebarContext, type SidebarState, useSidebar } from "./sidebar-state";

export * from "./sidebar-menu";
export { useSidebar } from "./sidebar-state";

// A page is there without what only phones show, and they only when somebody asks for it.
const SidebarSheet = lazy(() => import("./sidebar-sheet").then((part) => ({ default: part.SidebarSheet })));

export interface SidebarProviderProps extends ComponentProps<"div"> {
  defaultOpen?: boolean;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

function useSidebarState({
  defaultOpen = true,
  open: given,
  onOpenChange,
}: SidebarProviderProps): SidebarState {
  const isMobile = useIsMobile();
  const [openMobile, setOpenMobile] = useState(false);
  const [own, setOwn] = useState(defaultOpen);
  const open = given ?? own;
  const setOpen = useCallback(
    (next: boolean) => {
      setOwn(next);
      onOpenChange?.(next);
    },
    [onOpenChange],
  );
  const toggleSidebar = useCallback(() => {
    if (isMobile) setOpenMobile((before) => !before);
    else setOpen(!open);
  }, [isMobile, open, setOpen]);
  const state = open ? "expanded" : "collapsed";
  return useMemo(
    () => ({ state, open, setOpen, openMobile, setOpenMobile, isMobile, toggleSidebar }),
    [state, open, setOpen, openMobile, isMobile, toggleSidebar],
  );
}

/** Ctrl+B or ⌘B opens and closes the sidebar, but in a text it is what the editor makes of it. */
function useShortcut(toggle: () => void) {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const editing = (event.target as HTMLElement).closest?.("[contenteditable]");
      if (event.key !== "b" || !(event.metaKey || event.ctrlKey) || editing) return;
      event.preventDefault();
      toggle();
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [toggle]);
}

export function SidebarProvider(given: SidebarProviderProps) {
  const { defaultOpen: _, open: _open, onOpenChange, className, style, children, ...props } = given;
  const state = useSidebarState(given);
  useShortcut(state.toggleSidebar);
  return (
    <SidebarContext value={state}>
      <div
        data-slot="sidebar-wrapper"
        style={{ "--sidebar-width": "16rem", "--sidebar-width-icon": "3.25rem", ...style } as CSSProperties}
        className={cn(
          "group/sidebar-wrapper flex min-h-dvh w-full has-data-[variant=inset]:bg-sidebar",
          className,
        )}
        {...props}
      >
        {children}
      </div>
    </SidebarContext>
  );
}

export interface SidebarProps extends ComponentProps<"div"> {
  side?: "left" | "right";
  variant?: "sidebar" | "floating" | "inset";
  collapsible?: "offcanvas" | "icon" | "none";
}

const inner = "flex h-full w-full flex-col bg-sidebar text-sidebar-foreground";

/** Beside the page; on a phone a sheet over it. */
export function Sidebar({
  side = "left",
  variant = "sidebar",
  collapsible = "offcanvas",
  className,
  children,
  ...props
}: SidebarProps) {
  const { isMobile, openMobile, setOpenMobile } = useSidebar();
  if (collapsible === "none") {
    return (
      <div data-slot="sidebar" className={cn(inner, "w-(--sidebar-width)", className)} {...props}>
        {children}
      </div>
    );
  }
  if (isMobile) {
    return (
      <Suspense>
        <SidebarSheet side={side} open={openMobile} onOpenChange={setOpenMobile}>
          <div className={inner}>{children}</div>
        </SidebarSheet>
      </Suspense>
    );
  }
  return (
    <SidebarBeside {...{ side, variant, collapsible, className }} {...props}>
      {children}
    </SidebarBeside>
  );
}

function SidebarBeside({ side, variant, collapsible, className, children, ...props }: SidebarProps) {
  const { state } = useSidebar();
  return (
    <div
      className="group peer hidden text-sidebar-foreground md:block"
      data-slot="sidebar"
      data-state={state}
      data-collapsible={state === "collapsed" ? collapsible : ""}
      data-variant={variant}
      data-side={side}
    >
      {/* Keeps the room beside the page that the sidebar, which does not scroll, stands in. */}
      <div
        data-slot="sidebar-gap"
        className={
          "relative w-(--sidebar-width) transition-[width] " +
          "group-data-[collapsible=icon]:w-(--sidebar-width-icon) " +
          "group-data-[collapsible=offcanvas]:w-0"
        }
      />
      <div
        data-slot="sidebar-container"
        className={cn(
          "fixed inset-y-0 z-10 hidden h-dvh w-(--sidebar-width) " +
            "transition-[left,right,width,visibility] " +
            "group-data-[collapsible=icon]:w-(--sidebar-width-icon) " +
            "group-data-[collapsible=offcanvas]:invisible group-data-[side=left]:left-0 " +
            "group-data-[side=left]:group-data-[collapsible=offcanvas]:left-[calc(var(--sidebar-width)*-1)] " +
            "group-data-[side=right]:right-0 " +
            "group-data-[side=right]:group-data-[collapsible=offcanvas]:right-[calc(var(--sidebar-width)*-1)] " +
            "md:flex",
          variant === "sidebar"
            ? "border-sidebar-border group-data-[side=left]:border-r group-data-[side=right]:border-l"
            : "p-2",
          className,
        )}
        {...props}
      >
        <div
          data-slot="sidebar-inner"
          className={cn(
            inner,
            "overflow-hidden group-data-[variant=floating]:rounded-lg " +
              "group-data-[variant=floating]:border group-data-[variant=floating]:border-sidebar-border " +
              "group-data-[variant=floating]:shadow-sm",
          )}
        >
          {children}
        </div>
      </div>
    </div>
  );
}

function useToggle(onClick?: (event: MouseEvent<HTMLButtonElement>) => void) {
  const { toggleSidebar } = useSidebar();
  return (event: MouseEvent<HTMLButtonElement>) => {
    onClick?.(event);
    toggleSidebar();
  };
}

export function SidebarTrigger({ className, onClick, ...props }: ComponentProps<typeof Button>) {
  const toggle = useToggle(onClick);
  return (
    <Button
      type="button"
      data-slot="sidebar-trigger"
      variant="ghost"
      size="icon-sm"
      aria-label="Toggle sidebar"
      className={className}
      onClick={toggle}
      {...props}
    >
      <PanelLeftIcon />
    </Button>
  );
}

/** The sidebar's edge, which a click folds in and out; the keyboard has the trigger. */
export function SidebarRail({ className, onClick, ...props }: ComponentProps<"button">) {
  const toggle = useToggle(onClick);
  return (
    <button
      type="button"
      data-slot="sidebar-rail"
      aria-label="Toggle sidebar"
      tabIndex={-1}
      onClick={toggle}
      className={cn(
        "absolute inset-y-0 z-20 hidden w-3 cursor-col-resize transition-colors " +
          "group-data-[collapsible=offcanvas]:hidden group-data-[side=left]:-right-1.5 " +
          "group-data-[side=right]:-left-1.5 after:absolute after:inset-y-0 after:left-1/2 after:w-0.5 " +
          "hover:after:bg-sidebar-border sm:flex",
        className,
      )}
      {...props}
    />
  );
}

export const SidebarInset = part(
  "main",
  "sidebar-inset",
  "relative flex w-full min-w-0 flex-1 flex-col bg-background md:peer-data-[variant=inset]:m-2 " +
    "md:peer-data-[variant=inset]:ml-0 md:peer-data-[variant=inset]:rounded-xl " +
    "md:peer-data-[variant=inset]:shadow-sm",
);

export function SidebarInput({ className, ...props }: ComponentProps<typeof Input>) {
  return (
    <Input data-slot="sidebar-input" className={cn("h-8 bg-background shadow-none", className)} {...props} />
  );
}

export function SidebarSeparator({ className, ...props }: ComponentProps<typeof Separator>) {
  return (
    <Separator
      data-slot="sidebar-separator"
      className={cn("mx-2 bg-sidebar-border data-[orientation=horizontal]:w-auto", className)}
      {...props}
    />
  );
}
