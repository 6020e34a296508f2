import { lazy, Suspense } from "react";

import { WithAccounts } from "@/auth/WithAccounts";
import { ThemeToggle } from "@/core/ThemeToggle";
import { BoardLayout } from "@/frame/BoardLayout";
import { NotFound } from "@/pages/NotFound";
import { routes } from "@/routes";
import { AppShell } from "@/routing";

const APP_NAME = "Board";

const Toaster = lazy(() => import("@/components/ui/sonner").then((part) => ({ default: part.Toaster })));

export function App() {
  return (
    <>
      <WithAccounts routes={routes}>
        {(all, account) => (
          <AppShell
            name={APP_NAME}
            routes={all}
            layout={BoardLayout}
            actions={
              <>
                {account}
                <ThemeToggle />
              </>
            }
            notFound={<NotFound />}
          />
        )}
      </WithAccounts>
      <Suspense>
        <Toaster position="bottom-right" />
      </Suspense>
    </>
  );
}
