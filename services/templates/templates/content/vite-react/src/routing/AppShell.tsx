import { Suspense, useEffect, useRef, type ComponentType, type ReactNode } from "react";
import { Route, Routes, useLocation } from "react-router";

import { ErrorBoundary } from "@/core/ErrorBoundary";
import { texts } from "@/texts/app";

import { matchOf, RoutesContext, titleOf } from "./current";
import { TopLayout } from "./layouts";
import { Loading } from "./Loading";
import { NotFoundPage } from "./NotFoundPage";
import type { AppRoute, LayoutProps } from "./routes";

export interface AppShellProps {
  /** The app's name: in the header, and at the end of every title. */
  name: string;
  routes: AppRoute[];
  /** The frame of pages whose route names none: TopLayout, SidebarLayout, CenteredLayout, BareLayout or one's own. */
  layout?: ComponentType<LayoutProps>;
  actions?: ReactNode;
  /** What stands at addresses without a page. */
  notFound?: ReactNode;
}

/** The whole app: the page of the address within its layout, its title, and what happens when it is broken or missing. */
export function AppShell({ name, routes, layout = TopLayout, actions, notFound = <NotFoundPage /> }: AppShellProps) {
  const { pathname } = useLocation();
  const match = matchOf(routes, pathname);
  const Layout = match?.route.layout ?? layout;
  // A path with a parameter needs a value, so it cannot stand in the menu.
  const menu = routes.filter((route) => route.label && !/[:*]/.test(route.path));
  useArrival(match ? titleOf(match) : texts.notFoundTitle, name);

  return (
    <RoutesContext value={routes}>
      <a href="#main" className="skip-link">
        {texts.skip}
      </a>
      <Layout name={name} menu={menu} actions={actions}>
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<Loading />}>
            <Routes>
              {routes.map(({ path, element }) => (
                <Route key={path} path={path} element={element} />
              ))}
              {!routes.some(({ path }) => path === "*") && <Route path="*" element={notFound} />}
            </Routes>
          </Suspense>
        </ErrorBoundary>
      </Layout>
    </RoutesContext>
  );
}

/** Tells people that they are on another page: its title, its beginning, and the focus within it. */
function useArrival(title: string, name: string): void {
  const { pathname, hash } = useLocation();
  const previous = useRef(pathname);

  useEffect(() => {
    document.title = title && pathname !== "/" ? `${title} · ${name}` : name;
  }, [title, name, pathname]);

  useEffect(() => {
    if (previous.current === pathname) return;
    previous.current = pathname;
    if (!hash) window.scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }, [pathname, hash]);
}
