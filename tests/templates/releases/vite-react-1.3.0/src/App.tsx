import { Suspense, useEffect, useRef } from "react";
import { NavLink, Route, Routes, useLocation } from "react-router";

import { ErrorBoundary } from "@/components/ErrorBoundary";
import { NotFound } from "@/pages/NotFound";
import { routes } from "@/routes";

const APP_NAME = "App";

// A path with a parameter needs a value, so it cannot stand in the menu.
const menu = routes.filter((route) => route.label && !/[:*]/.test(route.path));

export function App() {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const previous = useRef(pathname);

  useEffect(() => {
    const label = routes.find((route) => route.path === pathname)?.label;
    document.title = label && pathname !== "/" ? `${label} · ${APP_NAME}` : APP_NAME;
    if (previous.current === pathname) return;
    previous.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#main" className="skip-link">
        Skip to content
      </a>
      <header className="border-b border-border bg-card">
        <div className="mx-auto flex w-full max-w-5xl flex-wrap items-center justify-between gap-x-8 gap-y-2 px-4 py-3 sm:px-6">
          <NavLink to="/" className="text-base font-semibold tracking-tight" aria-label={`${APP_NAME}, home`}>
            {APP_NAME}
          </NavLink>
          {menu.length > 1 && (
            <nav aria-label="Main" className="-mx-3 flex flex-wrap gap-1 sm:mx-0">
              {menu.map((route) => (
                <NavLink key={route.path} to={route.path} end className="nav-link">
                  {route.label}
                </NavLink>
              ))}
            </nav>
          )}
        </div>
      </header>
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        className="mx-auto w-full max-w-5xl flex-1 px-4 py-8 outline-none sm:px-6 sm:py-12"
      >
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<p role="status">Loading…</p>}>
            <Routes>
              {routes.map((route) => (
                <Route key={route.path} path={route.path} element={route.element} />
              ))}
              <Route path="*" element={<NotFound />} />
            </Routes>
          </Suspense>
        </ErrorBoundary>
      </main>
    </div>
  );
}
