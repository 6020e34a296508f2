import { Menu as MenuIcon, X } from "lucide-react";
import { useState, type KeyboardEvent } from "react";

import { Button } from "@/components/ui/button";
import { cn } from "@/core/utils";
import { Brand, Menu, type LayoutProps } from "@/routing";
import { texts } from "@/texts/app";

type HeaderProps = Pick<LayoutProps, "name" | "menu" | "actions">;

/** On a phone a button opens the menu, over the page. */
export function Header({ name, menu, actions }: HeaderProps) {
  const [open, setOpen] = useState(false);
  const Icon = open ? X : MenuIcon;
  const close = () => setOpen(false);
  const closeByKey = ({ key }: KeyboardEvent) => key === "Escape" && close();
  return (
    <header onKeyDown={closeByKey} className="sticky top-0 z-40 border-b bg-background">
      <div className="mx-auto flex h-16 max-w-6xl items-center gap-4 px-4 sm:px-6">
        <Brand name={name} className="mr-auto min-h-11 text-lg" />
        <Menu
          menu={menu}
          onChoose={close}
          className={cn(
            "gap-1 md:flex",
            "max-md:absolute max-md:inset-x-0 max-md:top-full max-md:border-b max-md:bg-background max-md:p-4 max-md:shadow-lg",
            open ? "max-md:flex max-md:flex-col" : "max-md:hidden",
          )}
        />
        {actions}
        <Button
          type="button"
          variant="ghost"
          size="icon-lg"
          className="md:hidden"
          aria-expanded={open}
          aria-label={open ? texts.closeMenu : texts.openMenu}
          onClick={() => setOpen(!open)}
        >
          <Icon aria-hidden />
        </Button>
      </div>
    </header>
  );
}
