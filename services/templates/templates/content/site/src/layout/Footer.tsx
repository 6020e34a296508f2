import { Link } from "react-router";

import { site } from "@/content/site";
import type { AppRoute } from "@/routing";

const LINK = "inline-block py-1.5 underline-offset-4 hover:underline";

export function Footer({ menu }: { menu: AppRoute[] }) {
  return (
    <footer className="border-t bg-muted">
      <div className="mx-auto grid max-w-6xl gap-10 px-4 py-14 sm:grid-cols-[2fr_1fr_1fr] sm:px-6">
        <div className="space-y-3">
          <p className="font-heading text-lg">{site.name}</p>
          <p className="max-w-sm text-sm text-muted-foreground text-pretty">{site.description}</p>
        </div>
        <nav aria-label="More pages" className="text-sm">
          <h2 className="mb-2 text-sm">Explore</h2>
          <ul>
            {menu.map(({ path, label }) => (
              <li key={path}>
                <Link to={path} className={LINK}>
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <address className="text-sm not-italic">
          <h2 className="mb-2 text-sm">Visit</h2>
          <p className="py-1.5">
            {site.street}, {site.city}
          </p>
          <a href={`mailto:${site.email}`} className={LINK}>
            {site.email}
          </a>
          <br />
          <a href={`tel:${site.phone.replaceAll(" ", "")}`} className={LINK}>
            {site.phone}
          </a>
        </address>
      </div>
    </footer>
  );
}
