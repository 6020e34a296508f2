import { useSyncExternalStore } from "react";

/** Whether code runs in a browser; a kind of app whose pages are made while it is built has none then. */
export const IN_BROWSER = typeof document !== "undefined";

const never = () => () => {};

/**
 * Whether the page may differ from what was made of it while the app was built: not before React has taken that
 * over. What depends on the visitor's browser shows from then on. An app that begins in the browser always may.
 */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
