import { StrictMode, type ReactNode } from "react";
import { BrowserRouter } from "react-router";

import { ErrorBoundary } from "./ErrorBoundary";
import { StorageNotice } from "./StorageNotice";
import { ThemeProvider } from "./theme";

/** What stands around every app: the theme, the router, and what people are told when all else fails. */
export function Root({ children }: { children: ReactNode }) {
  return (
    <StrictMode>
      <ThemeProvider>
        {/* A fragment here is one in every app, so that all have the same chunk of React. */}
        <>
          <ErrorBoundary>
            <BrowserRouter>{children}</BrowserRouter>
          </ErrorBoundary>
          <StorageNotice />
        </>
      </ThemeProvider>
    </StrictMode>
  );
}
