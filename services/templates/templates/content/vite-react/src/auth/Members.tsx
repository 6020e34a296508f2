import type { AppRoute } from "@/routing/routes";

import { AccountMenu } from "./AccountMenu";
import { AuthProvider } from "./AuthProvider";
import { ProtectedRoute } from "./ProtectedRoute";
import { authRoutes } from "./routes";
import type { WithAccountsProps } from "./WithAccounts";

const forMembers = (route: AppRoute): AppRoute => ({
  ...route,
  element: <ProtectedRoute>{route.element}</ProtectedRoute>,
});

/** What `WithAccounts` loads when there is something to sign in to. */
export function Members({ routes, guarded, children }: WithAccountsProps) {
  const pages = guarded ? routes.map(forMembers) : routes;
  return <AuthProvider>{children([...pages, ...authRoutes], <AccountMenu />)}</AuthProvider>;
}
