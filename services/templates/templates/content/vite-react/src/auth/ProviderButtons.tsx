import type { Provider } from "@supabase/supabase-js";
import { useEffect, useState } from "react";

import { Button } from "@/components/ui/button";
import { report } from "@/core/problem";
import { env } from "@/core/env";
import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { problemOf } from "./problems";

const NO_PROVIDERS = new Set(["email", "phone", "anonymous_users", "saml"]);

/** The providers that the app's settings let people sign in at; none where that cannot be known. */
async function enabledProviders(): Promise<string[]> {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = env;
  if (typeof SUPABASE_URL !== "string" || typeof SUPABASE_PUBLISHABLE_KEY !== "string") return [];
  try {
    const answer = await fetch(`${SUPABASE_URL}/auth/v1/settings`, { headers: { apikey: SUPABASE_PUBLISHABLE_KEY } });
    const { external }: { external?: Record<string, boolean> } = await answer.json();
    return Object.keys(external ?? {}).filter((name) => external?.[name] && !NO_PROVIDERS.has(name));
  } catch {
    return []; // signing in with a password says what is wrong
  }
}

async function signInAt(provider: string): Promise<void> {
  const redirectTo = window.location.origin;
  const { error } = await supabase.auth.signInWithOAuth({ provider: provider as Provider, options: { redirectTo } });
  if (error) report(problemOf(error).message);
}

/** A button for every provider that people can sign in at. */
export function ProviderButtons() {
  const [providers, setProviders] = useState<string[]>([]);

  useEffect(() => {
    let shown = true;
    void enabledProviders().then((names) => shown && setProviders(names));
    return () => {
      shown = false;
    };
  }, []);

  if (providers.length === 0) return null;
  return (
    <div className="space-y-3">
      <p className="flex items-center gap-3 text-xs text-muted-foreground before:h-px before:flex-1 before:bg-border after:h-px after:flex-1 after:bg-border">
        {texts.or}
      </p>
      {providers.map((name) => (
        <Button key={name} type="button" variant="outline" className="w-full" onClick={() => void signInAt(name)}>
          {texts.continueWith(name.charAt(0).toUpperCase() + name.slice(1))}
        </Button>
      ))}
    </div>
  );
}
