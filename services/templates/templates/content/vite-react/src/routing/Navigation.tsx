import { Link, NavLink } from "react-router";

import { cn } from "@/core/utils";
import { texts } from "@/texts/app";

import type { AppRoute } from "./routes";

/** The app's icon and name, which lead home. */
export function Brand({ name, className }: { name: string; className?: string }) {
  return (
    <Link
      to="/"
      aria-label={texts.home(name)}
      className={cn("flex min-w-0 items-center gap-2.5 font-heading font-semibold tracking-tight", className)}
    >
      <img src="/favicon.svg" alt="" width={28} height={28} className="size-7 shrink-0 rounded-md" />
      <span className="truncate">{name}</span>
    </Link>
  );
}

interface MenuProps {
  menu: AppRoute[];
  className?: string;
  onChoose?: () => void;
}

/** Links to the pages that have a label; a page's part is loaded when somebody is about to go there. */
export function Menu({ menu, className, onChoose }: MenuProps) {
  return (
    <nav aria-label={texts.mainMenu} className={className}>
      {menu.map(({ path, label, icon: Icon, load }) => (
        <NavLink
          key={path}
          to={path}
          end={path === "/"}
          className="nav-link"
          onClick={onChoose}
          onPointerEnter={load}
          onFocus={load}
        >
          {Icon && <Icon className="size-4 shrink-0" />}
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
