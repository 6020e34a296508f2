import { lazy, Suspense, type ReactNode } from "react";
import { useLocation } from "react-router";

import { Loading } from "@/routing/Loading";
import type { AppRoute } from "@/routing/routes";

const Members = lazy(() => import("./Members").then((part) => ({ default: part.Members })));
const OF_ACCOUNTS = /^\/(sign-in|sign-up|forgot-password|reset-password|confirm|account)$/;

export interface WithAccountsProps {
  routes: AppRoute[];
  /** Whether the pages are for people who are signed in; else everybody sees them, and may sign in. */
  guarded?: boolean;
  /** The app, with the pages it is to have and what the end of its header says of who is signed in. */
  children: (routes: AppRoute[], account: ReactNode) => ReactNode;
}

/**
 * An app whose accounts begin with its first table. Until then nothing of signing in is loaded, which weighs 50 kB,
 * unless somebody asks for its pages; these say then that there is no database.
 */
export function WithAccounts({ routes, guarded = true, children }: WithAccountsProps) {
  const { pathname } = useLocation();
  if (!__HAS_TABLES__ && !OF_ACCOUNTS.test(pathname)) return children(routes, null);
  return (
    <Suspense fallback={<Loading />}>
      <Members routes={routes} guarded={guarded && __HAS_TABLES__}>
        {children}
      </Members>
    </Suspense>
  );
}
