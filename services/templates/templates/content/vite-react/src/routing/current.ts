import { createContext, use } from "react";
import { matchRoutes, useLocation } from "react-router";

import type { AppRoute, Params } from "./routes";

export interface Match {
  route: AppRoute;
  params: Params;
}

/** The route of an address, as the router ranks them; null if there is no page. */
export function matchOf(routes: AppRoute[], pathname: string): Match | null {
  const [found] = matchRoutes(routes.map(({ path }) => ({ path, id: path })), pathname) ?? [];
  const route = found && routes.find(({ path }) => path === found.route.path);
  return route ? { route, params: found.params } : null;
}

export function titleOf({ route, params }: Match): string {
  const { title, label } = route;
  return (typeof title === "function" ? title(params) : title) ?? label ?? "";
}

export const RoutesContext = createContext<AppRoute[]>([]);

export interface Crumb {
  path: string;
  title: string;
}

/** The pages that lead to the one that is shown, and itself: those whose addresses begin its own. */
export function useTrail(): Crumb[] {
  const routes = use(RoutesContext);
  const parts = useLocation().pathname.split("/").filter(Boolean);
  const paths = ["/", ...parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`)];
  return paths.flatMap((path) => {
    const match = matchOf(routes, path);
    const title = match && match.route.path !== "*" && titleOf(match);
    return title ? [{ path, title }] : [];
  });
}
