import { GripVerticalIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { Panel, PanelGroup, PanelResizeHandle } from "react-resizable-panels";

import { cn } from "@/core/utils";

import { part } from "./part";

export const ResizablePanelGroup = part(
  PanelGroup,
  "resizable-panel-group",
  "flex size-full data-[panel-group-direction=vertical]:flex-col",
);
export const ResizablePanel = part(Panel, "resizable-panel");

export function ResizableHandle({
  withHandle,
  className,
  ...props
}: ComponentProps<typeof PanelResizeHandle> & { withHandle?: boolean }) {
  return (
    <PanelResizeHandle
      data-slot="resizable-handle"
      aria-label="Resize"
      className={cn(
        "relative flex w-px items-center justify-center bg-border after:absolute after:inset-y-0 " +
          "after:left-1/2 after:w-2 after:-translate-x-1/2 data-[panel-group-direction=vertical]:h-px " +
          "data-[panel-group-direction=vertical]:w-full " +
          "data-[panel-group-direction=vertical]:after:inset-x-0 " +
          "data-[panel-group-direction=vertical]:after:top-1/2 " +
          "data-[panel-group-direction=vertical]:after:h-2 " +
          "data-[panel-group-direction=vertical]:after:w-full " +
          "data-[panel-group-direction=vertical]:after:translate-x-0 " +
          "data-[panel-group-direction=vertical]:after:-translate-y-1/2 " +
          "[&[data-panel-group-direction=vertical]>div]:rotate-90",
        className,
      )}
      {...props}
    >
      {withHandle && (
        <div
          className={
            "z-10 flex h-4 w-3 items-center justify-center rounded-xs border border-border bg-border"
          }
        >
          <GripVerticalIcon className="size-2.5" />
        </div>
      )}
    </PanelResizeHandle>
  );
}
