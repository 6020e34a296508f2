import { StrictMode, type ComponentType, type ReactNode } from "react";
import { BrowserRouter } from "react-router";

import { ErrorBoundary } from "./ErrorBoundary";
import { StorageNotice } from "./StorageNotice";
import { ThemeProvider } from "./theme";

interface RootProps {
  children: ReactNode;
  /** Where there is no browser to ask for the address. */
  router?: ComponentType<{ children: ReactNode }>;
}

/** What stands around every app: the theme, the router, and what people are told when all else fails. */
export function Root({ children, router: Router = BrowserRouter }: RootProps) {
  return (
    <StrictMode>
      <ThemeProvider>
        {/* A fragment here is one in every app, so that all have the same chunk of React. */}
        <>
          <ErrorBoundary>
            <Router>{children}</Router>
          </ErrorBoundary>
          <StorageNotice />
        </>
      </ThemeProvider>
    </StrictMode>
  );
}
