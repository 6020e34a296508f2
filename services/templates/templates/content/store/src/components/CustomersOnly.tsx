import { lazy, Suspense, type ReactNode } from "react";

import { Loading } from "@/routing";
import { TAKES_ORDERS } from "@/store";

const ProtectedRoute = lazy(() =>
  import("@/auth/ProtectedRoute").then((part) => ({ default: part.ProtectedRoute })),
);

/** Where orders are somebody's, people sign in before they see these pages. */
export function CustomersOnly({ children }: { children: ReactNode }) {
  if (!TAKES_ORDERS) return children;
  return (
    <Suspense fallback={<Loading />}>
      <ProtectedRoute>{children}</ProtectedRoute>
    </Suspense>
  );
}
