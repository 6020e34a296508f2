import type { ReactNode } from "react";

import { Sheet, SheetContent, SheetDescription, SheetTitle } from "./sheet";

interface SidebarSheetProps {
  side: "left" | "right";
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}

/** The sidebar on a phone. */
export function SidebarSheet({ side, open, onOpenChange, children }: SidebarSheetProps) {
  return (
    <Sheet open={open} onOpenChange={onOpenChange}>
      <SheetContent
        data-slot="sidebar"
        data-mobile="true"
        side={side}
        className="w-72 gap-0 bg-sidebar p-0 text-sidebar-foreground"
      >
        <SheetTitle className="sr-only">Sidebar</SheetTitle>
        <SheetDescription className="sr-only">The app's navigation.</SheetDescription>
        {children}
      </SheetContent>
    </Sheet>
  );
}
