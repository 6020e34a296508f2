import type { ReactNode } from "react";
import { Navigate, useLocation } from "react-router";

import { texts } from "@/texts/auth";

import { useAuth } from "./AuthProvider";

/** Shows a page to people who are signed in; others sign in first and then come back to it. */
export function ProtectedRoute({ children }: { children: ReactNode }) {
  const { user, loading } = useAuth();
  const { pathname, search } = useLocation();
  if (loading) return <p role="status">{texts.loading}</p>;
  if (!user) return <Navigate to="/sign-in" replace state={{ from: pathname + search }} />;
  return children;
}

/** Shows a page for signing in to people who are not; who is signed in goes on to where they came from. */
export function GuestRoute({ children }: { children: ReactNode }) {
  const { user, loading } = useAuth();
  const state = useLocation().state as { from?: string } | null;
  if (loading) return <p role="status">{texts.loading}</p>;
  if (user) return <Navigate to={state?.from ?? "/"} replace />;
  return children;
}
