import { Link } from "react-router";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import {
  Sheet,
  SheetContent,
  SheetDescription,
  SheetFooter,
  SheetHeader,
  SheetTitle,
} from "@/components/ui/sheet";
import { useCart, useCatalogue, type CartItem } from "@/store";
import { texts } from "@/texts/store";

import { CartLines } from "./CartLines";
import { GoodsSum } from "./Sums";

interface CartSheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** The cart beside the page. */
export function CartSheet({ open, onOpenChange }: CartSheetProps) {
  const cart = useCart();
  const close = () => onOpenChange(false);
  return (
    <Sheet open={open} onOpenChange={onOpenChange}>
      <SheetContent
        className="w-[min(100vw,26rem)] gap-0"
        onOpenAutoFocus={(event) => {
          // Else it went to a field, for which a phone shows its keyboard.
          event.preventDefault();
          if (event.target instanceof HTMLElement) event.target.focus();
        }}
      >
        <SheetHeader>
          <SheetTitle>{texts.cart}</SheetTitle>
          <SheetDescription className={cart.items.length ? undefined : "sr-only"}>
            {texts.cartText}
          </SheetDescription>
        </SheetHeader>
        <div className="grow overflow-y-auto px-5">
          {cart.items.length > 0 ? (
            <CartLines cart={cart} onLeave={close} />
          ) : (
            <EmptyState title={texts.emptyCart} description={texts.emptyCartText}>
              <Button type="button" variant="outline" onClick={close}>
                {texts.toProducts}
              </Button>
            </EmptyState>
          )}
        </div>
        {cart.items.length > 0 && <CartFooter items={cart.items} onLeave={close} />}
      </SheetContent>
    </Sheet>
  );
}

function CartFooter({ items, onLeave }: { items: CartItem[]; onLeave: () => void }) {
  const { deliveries } = useCatalogue();
  return (
    <SheetFooter className="gap-3 border-t">
      <GoodsSum items={items} deliveries={deliveries} />
      <Button asChild size="lg">
        <Link to="/checkout" onClick={onLeave}>
          {texts.checkout}
        </Link>
      </Button>
      <Button asChild variant="ghost">
        <Link to="/cart" onClick={onLeave}>
          {texts.viewCart}
        </Link>
      </Button>
    </SheetFooter>
  );
}
