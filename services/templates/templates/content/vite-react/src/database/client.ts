import { createClient } from "@supabase/supabase-js";

import { NO_DATABASE } from "./errors";

import type { Database } from "@/lib/database.types";
import { APP_ID, env } from "@/core/env";
import { IN_BROWSER } from "@/core/hydrated";

type Schema = Database["public"];

/** A row of a table as it is read: Tables<"todos">. */
export type Tables<Name extends keyof Schema["Tables"]> = Schema["Tables"][Name] extends { Row: infer Row } ? Row : never;

const url = typeof env.SUPABASE_URL === "string" ? env.SUPABASE_URL : undefined;
const key = typeof env.SUPABASE_PUBLISHABLE_KEY === "string" ? env.SUPABASE_PUBLISHABLE_KEY : undefined;

/** Answers every call of an app that was not given a database: where it was built, before it is deployed. */
async function refuse(): Promise<Response> {
  const { code, message } = NO_DATABASE;
  return Response.json({ code, error_code: code, message }, { status: 404 });
}

const logged: typeof fetch = (input, init) => {
  const [, table] = /\/rest\/v1\/([^?]+)/.exec(input instanceof Request ? input.url : String(input)) ?? [];
  if (table) console.debug(`[database] ${init?.method ?? "GET"} ${table} of ${APP_ID}`);
  return fetch(input, init);
};

const given = import.meta.env.DEV ? logged : fetch;

/** The app's own database and sign-in, as its visitor may use them. */
export const supabase = createClient<Database>(url ?? "http://database.invalid", key ?? "missing", {
  auth: {
    storageKey: `${APP_ID}:session`,
    // Links in mails bring tokens along, which any browser can take; a code is for the one that asked.
    flowType: IN_BROWSER && new URLSearchParams(window.location.search).has("code") ? "pkce" : "implicit",
  },
  global: { fetch: url && key ? (...call) => given(...call) : refuse },
});
