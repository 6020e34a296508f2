import type { EmailOtpType, Session, User } from "@supabase/supabase-js";
import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { useNavigate } from "react-router";

import { IN_BROWSER } from "@/core/hydrated";
import { report } from "@/core/problem";
import { supabase } from "@/database/client";
import { texts } from "@/texts/auth";

import { problemOf } from "./problems";

type SignOutScope = "local" | "global";

interface OwnedRow {
  user_id?: string | null;
  userId?: string | null;
}

export interface Auth {
  /** Who is signed in, else null. */
  user: User | null;
  /** Their session, with the token that calls of other services need. */
  session: Session | null;
  /** Whether a row is the visitor's own, by its user_id; whose it is to change the database itself decides. */
  owns: (row: OwnedRow) => boolean;
  /** Whether it is not known yet who is signed in. */
  loading: boolean;
  /** Signs out on this device, or everywhere: signOut("global"). */
  signOut: (scope?: SignOutScope | object) => Promise<void>;
}

const AuthContext = createContext<Auth | null>(null);

// Before the client takes it from the address: what a link in a mail has brought along.
const brought = new URLSearchParams(IN_BROWSER ? window.location.hash.slice(1) || window.location.search : "");
const taken = takeLink(brought);

/** Signs in with a link that brings a hashed token; tells people of a link that is not good any more. */
async function takeLink(link: URLSearchParams): Promise<void> {
  const tokenHash = link.get("token_hash");
  if (link.get("error_code") === "otp_expired") report(texts.linkUsed);
  else if (link.has("error")) report(texts.failed(link.get("error_description") ?? String(link.get("error"))));
  if (!tokenHash) return;
  const { error } = await supabase.auth.verifyOtp({ token_hash: tokenHash, type: (link.get("type") ?? "email") as EmailOtpType });
  if (error) report(problemOf(error).message);
  window.history.replaceState(window.history.state, "", window.location.pathname);
}

/** An event handler too: what a click brings along says nothing of the scope. */
async function signOut(scope: SignOutScope | object = "local"): Promise<void> {
  const { error } = await supabase.auth.signOut({ scope: scope === "global" ? "global" : "local" });
  if (error) report(problemOf(error).message);
}

/** Knows who is signed in; stands around all that uses `useAuth`, inside the router. */
export function AuthProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null);
  const [loading, setLoading] = useState(true);
  const navigate = useNavigate();

  useEffect(() => {
    const { data } = supabase.auth.onAuthStateChange((event, current) => {
      setSession(current);
      void taken.then(() => setLoading(false));
      if (event === "PASSWORD_RECOVERY") void navigate("/reset-password", { replace: true });
    });
    return () => data.subscription.unsubscribe();
  }, [navigate]);

  const user = session?.user ?? null;
  const owns = (row: OwnedRow) => user !== null && (row.user_id ?? row.userId) === user.id;
  return <AuthContext value={{ user, session, owns, loading, signOut }}>{children}</AuthContext>;
}

export function useAuth(): Auth {
  const auth = use(AuthContext);
  if (!auth) throw new Error("useAuth needs <AuthProvider> around the app, in src/App.tsx.");
  return auth;
}
