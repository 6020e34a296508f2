import { lazy, Suspense, type ReactNode } from "react";

import { ThemeToggle } from "@/core/ThemeToggle";
import { AppLayout } from "@/frame/AppLayout";
import { NotFound } from "@/pages/NotFound";
import { AppShell, type AppRoute } from "@/routing";

const APP_NAME = "Workspace";

const Toaster = lazy(() => import("@/components/ui/sonner").then((part) => ({ default: part.Toaster })));

interface AppFrameProps {
  routes: AppRoute[];
  /** Who is signed in, for the end of the header. */
  account?: ReactNode;
}

export function AppFrame({ routes, account }: AppFrameProps) {
  const actions = (
    <>
      {account}
      <ThemeToggle />
    </>
  );
  return (
    <>
      <AppShell name={APP_NAME} routes={routes} layout={AppLayout} actions={actions} notFound={<NotFound />} />
      <Suspense>
        <Toaster position="bottom-right" />
      </Suspense>
    </>
  );
}
