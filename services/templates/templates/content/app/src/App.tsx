import { lazy, Suspense } from "react";
import { useLocation } from "react-router";

import { AppFrame } from "@/frame/AppFrame";
import { routes } from "@/routes";
import { Loading } from "@/routing";

const Members = lazy(() => import("@/frame/Members").then((part) => ({ default: part.Members })));
const OF_MEMBERS = /^\/(sign-in|sign-up|forgot-password|reset-password|confirm|account)$/;

/** Signing in weighs 50 kB, so it is loaded where there are tables, or where somebody asks for its pages. */
export function App() {
  const { pathname } = useLocation();
  if (!__HAS_TABLES__ && !OF_MEMBERS.test(pathname)) return <AppFrame routes={routes} />;
  return (
    <Suspense fallback={<Loading />}>
      <Members routes={routes} />
    </Suspense>
  );
}
