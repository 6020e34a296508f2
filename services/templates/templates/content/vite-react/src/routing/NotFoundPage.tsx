import { Link, useLocation } from "react-router";

import { Button } from "@/components/ui/button";
import { useHydrated } from "@/core/hydrated";
import { texts } from "@/texts/app";

/** Stands at an address that is no page of the app. */
export function NotFoundPage() {
  const { pathname } = useLocation();
  const hydrated = useHydrated(); // what was made while the app was built stands at many addresses
  return (
    <div className="mx-auto max-w-lg space-y-4 py-12 text-center sm:py-20">
      <p className="font-mono text-sm font-medium text-primary">404</p>
      <h1 className="text-3xl font-semibold tracking-tight text-balance">{texts.notFoundTitle}</h1>
      <p className="text-muted-foreground text-pretty">
        {texts.notFoundText} <span className="font-medium break-all text-foreground">{hydrated ? pathname : "…"}</span>.
      </p>
      <Button asChild className="mt-2">
        <Link to="/">{texts.goHome}</Link>
      </Button>
    </div>
  );
}
