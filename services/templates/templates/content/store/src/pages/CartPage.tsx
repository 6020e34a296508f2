import { Link } from "react-router";

import { CartLines } from "@/components/CartLines";
import { GoodsSum } from "@/components/Sums";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { useCart, useCatalogue } from "@/store";
import { texts } from "@/texts/store";

export function CartPage() {
  const cart = useCart();
  const { deliveries } = useCatalogue();
  return (
    <div className="mx-auto max-w-4xl space-y-8">
      <h1 className="text-3xl font-semibold tracking-tight">{texts.cart}</h1>
      {cart.items.length === 0 ? (
        <EmptyCart />
      ) : (
        <div className="grid gap-10 md:grid-cols-[1fr_18rem]">
          <CartLines cart={cart} />
          <div className="space-y-5 self-start rounded-xl border bg-card p-5 text-card-foreground">
            <GoodsSum items={cart.items} deliveries={deliveries} />
            <Button asChild size="lg" className="w-full">
              <Link to="/checkout">{texts.checkout}</Link>
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}

export function EmptyCart() {
  return (
    <EmptyState title={texts.emptyCart} description={texts.emptyCartText}>
      <Button asChild>
        <Link to="/">{texts.toProducts}</Link>
      </Button>
    </EmptyState>
  );
}
