import { AccountMenu, AuthProvider, authRoutes, ProtectedRoute } from "@/auth";
import { AppFrame } from "@/frame/AppFrame";
import type { AppRoute } from "@/routing";

/** Shows a page to who is signed in; for one that everybody may see, leave its route as it is. */
const members = (route: AppRoute): AppRoute => ({
  ...route,
  element: <ProtectedRoute>{route.element}</ProtectedRoute>,
});

/** The app with its accounts. Without tables its pages are open, and signing in says that there is no database. */
export function Members({ routes }: { routes: AppRoute[] }) {
  const pages = __HAS_TABLES__ ? routes.map(members) : routes;
  return (
    <AuthProvider>
      <AppFrame routes={[...pages, ...authRoutes]} account={<AccountMenu />} />
    </AuthProvider>
  );
}
