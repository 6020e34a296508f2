import { ChevronRight } from "lucide-react";
import { Fragment } from "react";
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
          <Fragment key={path}>
            {index > 0 && <ChevronRight role="presentation" className="size-3.5" />}
            <li>
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
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}
