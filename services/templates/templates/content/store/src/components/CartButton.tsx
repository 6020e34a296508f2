import { ShoppingBag } from "lucide-react";

import { Button } from "@/components/ui/button";
import { countOf, useCart } from "@/store";
import { texts } from "@/texts/store";

import { useOpenCart } from "./cart-sheet";

export function CartButton() {
  const { items } = useCart();
  const open = useOpenCart();
  const count = countOf(items);
  return (
    <Button
      type="button"
      variant="ghost"
      size="icon"
      className="relative"
      aria-label={texts.openCart(count)}
      onClick={open}
    >
      <ShoppingBag aria-hidden />
      {count > 0 && (
        <span
          aria-hidden
          className="absolute -top-0.5 -right-0.5 grid h-4.5 min-w-4.5 place-items-center rounded-full bg-primary px-1
            text-[0.6875rem] leading-none font-semibold text-primary-foreground tabular-nums"
        >
          {count}
        </span>
      )}
    </Button>
  );
}
