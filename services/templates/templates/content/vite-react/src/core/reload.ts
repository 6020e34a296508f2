import { APP_ID } from "./env";

/**
 * A part that cannot be loaded is mostly one of a version that another has replaced: the page gets the new one, once
 * for a version and not without a network.
 */
export function reloadForMissingParts(): void {
  window.addEventListener("vite:preloadError", (event) => {
    if (!navigator.onLine || wasReloaded()) return;
    event.preventDefault();
    window.location.reload();
  });
}

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
