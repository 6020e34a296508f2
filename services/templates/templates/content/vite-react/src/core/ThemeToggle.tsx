import { Moon, Sun } from "lucide-react";

import { Button } from "@/components/ui/button";
import { texts } from "@/texts/app";

import { useTheme } from "./theme";

function deviceTheme(): "light" | "dark" {
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * A button between light and dark, where the look has both. Who comes back to what the device prefers follows it
 * from then on.
 */
export function ThemeToggle({ className }: { className?: string }) {
  const { fixed, resolvedTheme, setTheme } = useTheme();
  if (fixed) return null;
  const next = resolvedTheme === "dark" ? "light" : "dark";
  const Icon = next === "dark" ? Moon : Sun;
  return (
    <Button
      type="button"
      variant="ghost"
      size="icon"
      className={className}
      aria-label={next === "dark" ? texts.useDark : texts.useLight}
      onClick={() => setTheme(next === deviceTheme() ? "system" : next)}
    >
      <Icon aria-hidden />
    </Button>
  );
}
