import { ChevronRight } from "lucide-react";
import { Link } from "react-router";

import { texts } from "@/texts/app";

import { useTrail } from "./current";

/** The way to the page that is shown, from the routes: Home › Books › Emma. */
export function Breadcrumbs() {
  const trail = useTrail();
  if (trail.length < 2) return null;
  return (
    <nav aria-label={texts.path}>
      <ol className="flex flex-wrap items-center gap-1.5 text-sm text-muted-foreground">
        {trail.map(({ path, title }, index) => (
          <li key={path} className="flex items-center gap-1.5">
            {index > 0 && <ChevronRight aria-hidden className="size-3.5" />}
            {index < trail.length - 1 ? (
              <Link to={path} className="transition-colors hover:text-foreground">
                {title}
              </Link>
            ) : (
              <span aria-current="page" className="text-foreground">
                {title}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
