import { lazy, Suspense, useState, type ReactNode } from "react";

import { ThemeToggle } from "@/core/ThemeToggle";
import { NotFound } from "@/pages/NotFound";
import { AppShell, TopLayout, type AppRoute } from "@/routing";
import { APP_NAME } from "@/shop";

import { CartButton } from "./CartButton";
import { CartSheetContext } from "./cart-sheet";

const CartSheet = lazy(() => import("./CartSheet").then((m) => ({ default: m.CartSheet })));

interface ShopFrameProps {
  routes: AppRoute[];
  /** In the header, before the cart. */
  account?: ReactNode;
}

/** What stands around every page: the header with the cart, and the cart itself. */
export function ShopFrame({ routes, account }: ShopFrameProps) {
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(false); // its part is loaded when somebody opens it

  function openCart() {
    setAsked(true);
    setOpen(true);
  }

  const actions = (
    <>
      {account}
      <ThemeToggle />
      <CartButton />
    </>
  );
  return (
    <CartSheetContext value={openCart}>
      <AppShell
        name={APP_NAME}
        routes={routes}
        layout={TopLayout}
        actions={actions}
        notFound={<NotFound />}
      />
      {asked && (
        <Suspense>
          <CartSheet open={open} onOpenChange={setOpen} />
        </Suspense>
      )}
    </CartSheetContext>
  );
}
