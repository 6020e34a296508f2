import { createContext, use, useLayoutEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { flushSync } from "react-dom";

import { APP_ID } from "./env";
import { IN_BROWSER, useHydrated } from "./hydrated";
import { report } from "./problem";

export type Theme = "light" | "dark" | "system";

export interface ThemeChoice {
  /** What was chosen; "system" follows the device. */
  theme: Theme;
  /** Whether the app's look is light or dark alone, so that there is nothing to choose. */
  fixed: boolean;
  /** What is shown. */
  resolvedTheme: "light" | "dark";
  /** Chooses, and remembers it in this browser. */
  setTheme: (theme: Theme) => void;
}

const KEY = `${APP_ID}:theme`; // public/theme.js reads it before the first paint
const prefersDark = IN_BROWSER ? window.matchMedia("(prefers-color-scheme: dark)") : null;
/** What pages show of it that were made before anybody looked at them. */
const UNKNOWN = { theme: "system", fixed: false, resolvedTheme: "light" } as const;
const ThemeContext = createContext<ThemeChoice | null>(null);

function remembered(fallback: Theme): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" || kept === "system" ? kept : fallback;
  } catch {
    return fallback;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    report("This browser does not keep which colours you chose. They are as before on the next visit.");
  }
}

/** What src/theme.css says of itself: some looks are light or dark alone. */
function appearance(): "light" | "dark" | null {
  if (!IN_BROWSER) return null;
  const said = getComputedStyle(document.documentElement).getPropertyValue("--appearance").trim();
  return said === "light" || said === "dark" ? said : null;
}

/** Makes the change as one cross-fade of the page, where the browser can and nobody asked for less motion. */
function crossFade(change: () => void): void {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (still || typeof document.startViewTransition !== "function") change();
  else document.startViewTransition(() => flushSync(change));
}

function followSystem(listener: () => void): () => void {
  prefersDark?.addEventListener("change", listener);
  return () => prefersDark?.removeEventListener("change", listener);
}

function deviceIsDark(): boolean {
  return prefersDark?.matches ?? false;
}

/** Sets the class `dark` of the page, and what colour a phone gives to its bars. */
function paint(dark: boolean): void {
  document.documentElement.classList.toggle("dark", dark);
  const { backgroundColor } = getComputedStyle(document.body);
  const metas = document.querySelectorAll('meta[name="theme-color"]');
  metas.forEach((meta) => meta.setAttribute("content", backgroundColor));
}

interface ThemeProviderProps {
  children: ReactNode;
  defaultTheme?: Theme;
}

/** Shows all below in light or dark; stands around the app already, in `Root`. */
export function ThemeProvider({ children, defaultTheme = "system" }: ThemeProviderProps) {
  const [theme, choose] = useState(() => remembered(defaultTheme));
  const systemIsDark = useSyncExternalStore(followSystem, deviceIsDark, deviceIsDark);
  const hydrated = useHydrated();
  const [only] = useState(appearance);
  const shown = only ?? theme;
  const dark = shown === "system" ? systemIsDark : shown === "dark";

  useLayoutEffect(() => paint(dark), [dark]);
  useLayoutEffect(() => {
    const follow = ({ key }: StorageEvent) => key === KEY && choose(remembered(defaultTheme)); // another tab's choice
    window.addEventListener("storage", follow);
    return () => window.removeEventListener("storage", follow);
  }, [defaultTheme]);

  function setTheme(next: Theme) {
    crossFade(() => choose(next));
    remember(next);
  }

  const resolvedTheme = dark ? "dark" : "light";
  const known = { theme, fixed: only !== null, resolvedTheme, setTheme } as const;
  return <ThemeContext value={hydrated ? known : { ...UNKNOWN, setTheme }}>{children}</ThemeContext>;
}

export function useTheme(): ThemeChoice {
  const choice = use(ThemeContext);
  if (!choice) throw new Error("useTheme needs <ThemeProvider> around the app, as src/core/Root.tsx has it.");
  return choice;
}
