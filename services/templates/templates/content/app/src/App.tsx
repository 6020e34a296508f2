import { lazy, Suspense } from "react";

import { WithAccounts } from "@/auth/WithAccounts";
import { idle } from "@/core/idle";
import { ThemeToggle } from "@/core/ThemeToggle";
import { AppLayout } from "@/frame/AppLayout";
import { NotFound } from "@/pages/NotFound";
import { routes } from "@/routes";
import { AppShell } from "@/routing";

const APP_NAME = "Workspace";

// Notices come of what people do, so the first page does not wait for them.
const Toaster = lazy(async () => {
  await idle();
  return { default: (await import("@/components/ui/sonner")).Toaster };
});

export function App() {
  return (
    <>
      <WithAccounts routes={routes}>
        {(all, account) => (
          <AppShell
            name={APP_NAME}
            routes={all}
            layout={AppLayout}
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
