import { Menu as MenuIcon, X } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { cn } from "@/core/utils";
import { texts } from "@/texts/app";

import { Brand, Menu } from "./Navigation";
import type { LayoutProps } from "./routes";

/** The part of the page that is its own; it gets the focus when people come to a page. */
export function Main({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <main id="main" tabIndex={-1} className={cn("w-full flex-1 px-4 py-8 outline-none sm:px-6 sm:py-10", className)}>
      {children}
    </main>
  );
}

/** A bar with the menu above the page; on a phone a button opens the menu. */
export function TopLayout({ name, menu, actions, children }: LayoutProps) {
  const [open, setOpen] = useState(false);
  const Icon = open ? X : MenuIcon;
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="sticky top-0 z-40 border-b bg-background/85 backdrop-blur-md">
        <div className="mx-auto flex w-full max-w-6xl flex-wrap items-center gap-x-6 px-4 py-2.5 sm:px-6">
          <Brand name={name} className="mr-auto min-h-9 md:mr-0" />
          {menu.length > 1 && (
            <Menu
              menu={menu}
              onChoose={() => setOpen(false)}
              className={cn(
                "flex gap-1 max-md:order-last max-md:w-full max-md:flex-col max-md:pt-2 md:mr-auto md:flex-wrap",
                !open && "max-md:hidden",
              )}
            />
          )}
          <div className="flex min-w-0 items-center gap-2 md:ml-auto">
            {actions}
            {menu.length > 1 && (
              <Button
                type="button"
                variant="ghost"
                size="icon"
                className="md:hidden"
                aria-expanded={open}
                aria-label={open ? texts.closeMenu : texts.openMenu}
                onClick={() => setOpen(!open)}
              >
                <Icon aria-hidden />
              </Button>
            )}
          </div>
        </div>
      </header>
      <Main className="mx-auto max-w-6xl">{children}</Main>
    </div>
  );
}

/** A side may be dark beside a light page: what stands there takes the side's colours for the page's. */
const ON_THE_SIDE =
  "[--foreground:var(--sidebar-foreground)] [--muted-foreground:var(--sidebar-foreground)] " +
  "[--accent:var(--sidebar-accent)] [--accent-foreground:var(--sidebar-accent-foreground)] " +
  "[--ring:var(--sidebar-ring)]";

/** The menu beside the page, for apps with many pages; on a phone it slides in. */
export function SidebarLayout({ name, menu, actions, children }: LayoutProps) {
  const drawer = useRef<HTMLDialogElement>(null);
  const close = () => drawer.current?.close();
  const links = <Menu menu={menu} onChoose={close} className="flex flex-col gap-1 overflow-y-auto p-3" />;
  const aside = `flex-col border-r border-sidebar-border bg-sidebar text-sidebar-foreground ${ON_THE_SIDE}`;
  return (
    <div className="flex min-h-dvh max-md:flex-col">
      <aside className={cn("sticky top-0 flex h-dvh w-64 shrink-0 max-md:hidden", aside)}>
        <Brand name={name} className="min-h-14 px-5" />
        {links}
        <div className="mt-auto flex flex-wrap items-center gap-2 border-t border-sidebar-border p-3">{actions}</div>
      </aside>
      <header className="sticky top-0 z-40 flex items-center gap-3 border-b bg-background/85 px-4 py-2.5 backdrop-blur-md md:hidden">
        <Button
          type="button"
          variant="ghost"
          size="icon"
          aria-label={texts.openMenu}
          onClick={() => drawer.current?.showModal()}
        >
          <MenuIcon aria-hidden />
        </Button>
        <Brand name={name} className="mr-auto" />
        {actions}
      </header>
      <dialog
        ref={drawer}
        aria-label={texts.mainMenu}
        onClick={(event) => event.target === drawer.current && close()}
        className={cn("m-0 h-dvh max-h-none w-72 backdrop:bg-black/50 open:flex", aside)}
      >
        <div className="flex items-center justify-between gap-2 py-2.5 pr-3 pl-5">
          <Brand name={name} />
          <Button type="button" variant="ghost" size="icon" aria-label={texts.closeMenu} onClick={close}>
            <X aria-hidden />
          </Button>
        </div>
        {links}
      </dialog>
      <Main className="min-w-0 lg:px-10">
        <div className="mx-auto max-w-6xl">{children}</div>
      </Main>
    </div>
  );
}

/** Nothing but the app's name above a narrow page: signing in, a single question. */
export function CenteredLayout({ name, actions, children }: LayoutProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between gap-4 px-4 py-2.5 sm:px-6">
        <Brand name={name} className="min-h-9" />
        <div className="flex items-center gap-2">{actions}</div>
      </header>
      <Main className="flex flex-col justify-center">
        <div className="mx-auto w-full max-w-md">{children}</div>
      </Main>
    </div>
  );
}

/** The page alone, over the whole window: a game, a landing page with a frame of its own. */
export function BareLayout({ children }: LayoutProps) {
  return (
    <main id="main" tabIndex={-1} className="min-h-dvh outline-none">
      {children}
    </main>
  );
}
