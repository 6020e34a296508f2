import type { ComponentProps, ReactNode } from "react";

import { Tooltip, TooltipContent, TooltipTrigger } from "./tooltip";

interface SidebarTooltipProps {
  content: ComponentProps<typeof TooltipContent>;
  children: ReactNode;
}

/** Says what a button of a folded sidebar is. */
export function SidebarTooltip({ content, children }: SidebarTooltipProps) {
  return (
    <Tooltip delayDuration={0}>
      <TooltipTrigger asChild>{children}</TooltipTrigger>
      <TooltipContent side="right" align="center" {...content} />
    </Tooltip>
  );
}
