import { Search } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";

import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { SidebarProvider, SidebarTrigger } from "@/components/ui/sidebar";
import { AppSidebar } from "@/frame/AppSidebar";
import { Main, type LayoutProps } from "@/routing";

const palette = () => import("@/frame/Palette");
const Palette = lazy(() => palette().then((part) => ({ default: part.Palette })));
const KEYS = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K";

/** A sidebar with the menu, on a phone behind a button; above the page a bar with the search. */
export function AppLayout({ name, menu, actions, children }: LayoutProps) {
  const [searching, setSearching] = useState<boolean | null>(null); // null: never yet, so nothing is loaded
  useShortcut(() => setSearching((before) => !before));
  return (
    <SidebarProvider>
      <AppSidebar name={name} menu={menu} />
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="sticky top-0 z-20 flex h-14 items-center gap-2 border-b bg-background/85 px-3 backdrop-blur-md sm:px-4">
          <SidebarTrigger />
          <Button
            type="button"
            variant="outline"
            size="sm"
            className="mr-auto text-muted-foreground sm:w-56 sm:justify-start"
            onPointerEnter={palette}
            onFocus={palette}
            onClick={() => setSearching(true)}
          >
            <Search aria-hidden />
            <span className="max-sm:sr-only">Search…</span>
            <Kbd className="ml-auto max-sm:hidden">{KEYS}</Kbd>
          </Button>
          {actions}
        </header>
        <Main className="mx-auto max-w-6xl py-6 sm:py-8">{children}</Main>
      </div>
      {searching !== null && (
        <Suspense>
          <Palette menu={menu} open={searching} onOpenChange={setSearching} />
        </Suspense>
      )}
    </SidebarProvider>
  );
}

function useShortcut(toggle: () => void): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      toggle();
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  });
}
