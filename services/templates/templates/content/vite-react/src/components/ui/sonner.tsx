import { CircleCheckIcon, InfoIcon, Loader2Icon, OctagonXIcon, TriangleAlertIcon } from "lucide-react";
import { type CSSProperties, useEffect, useState, useSyncExternalStore } from "react";
import { Toaster as Sonner, type ToasterProps } from "sonner";

export { toast } from "sonner";

const style = {
  "--normal-bg": "var(--popover)",
  "--normal-text": "var(--popover-foreground)",
  "--normal-border": "var(--border)",
  "--border-radius": "var(--radius)",
  fontFamily: "inherit",
} as CSSProperties;

const icons = {
  success: <CircleCheckIcon className="size-4" />,
  info: <InfoIcon className="size-4" />,
  warning: <TriangleAlertIcon className="size-4" />,
  error: <OctagonXIcon className="size-4" />,
  loading: <Loader2Icon className="size-4 animate-spin" />,
};

/** Where notices show. An app that has several, of the older and the newer kind, shows each notice once. */
export function Toaster(props: ToasterProps) {
  const theme = useSyncExternalStore(watchTheme, currentTheme, lightAtFirst);
  if (!useIsFirst()) return null;
  return <Sonner theme={theme} className="toaster group" icons={icons} style={style} {...props} />;
}

/** The theme that the page is in, whoever set it. */
function currentTheme(): "light" | "dark" {
  return document.documentElement.classList.contains("dark") ? "dark" : "light";
}

function lightAtFirst() {
  return "light" as const;
}

function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ["class"] });
  return () => observer.disconnect();
}

let toasters: symbol[] = [];
const watchers = new Set<() => void>();

function setToasters(next: symbol[]) {
  toasters = next;
  for (const changed of watchers) changed();
}

function useIsFirst(): boolean {
  const [self] = useState(() => Symbol("toaster"));
  useEffect(() => {
    setToasters([...toasters, self]);
    return () => setToasters(toasters.filter((other) => other !== self));
  }, [self]);
  return useSyncExternalStore(
    watchToasters,
    () => toasters[0] === self,
    () => false,
  );
}

function watchToasters(changed: () => void): () => void {
  watchers.add(changed);
  return () => void watchers.delete(changed);
}
