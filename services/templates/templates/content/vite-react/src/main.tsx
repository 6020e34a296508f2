import { StrictMode } from "react";
import "react-dom"; // components may use it: so every app has the same chunk of these packages
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";

import { APP_ID } from "./lib/env"; // first: others may read window.ENV
import { App } from "./App";
import { ErrorBoundary } from "./components/ErrorBoundary";
import { StorageNotice } from "./components/StorageNotice";
import "./components/ui/ui.css";
import "./index.css";

const root = document.getElementById("root");
if (!root) throw new Error('index.html has no element with the id "root"');

// What a boundary catches is an error of the app still, for whoever watches the page.
createRoot(root, { onCaughtError: (error) => reportError(error) }).render(
  <StrictMode>
    <ErrorBoundary>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </ErrorBoundary>
    <StorageNotice />
  </StrictMode>,
);

// A part that cannot be loaded is mostly one of a version that another has replaced: the page gets the new one.
window.addEventListener("vite:preloadError", (event) => {
  if (!navigator.onLine || wasReloaded()) return;
  event.preventDefault();
  window.location.reload();
});

/** Whether this version, which its entry's name tells, was loaded anew before; from now on it was. */
function wasReloaded(): boolean {
  const key = `${APP_ID}:reloaded:${import.meta.url}`;
  try {
    if (sessionStorage.getItem(key)) return true;
    sessionStorage.setItem(key, "yes");
    return false;
  } catch {
    const [navigation] = performance.getEntriesByType("navigation");
    return navigation instanceof PerformanceNavigationTiming && navigation.type === "reload";
  }
}
