import { Trash2 } from "lucide-react";
import { Link } from "react-router";

import { ProductArt } from "@/art/ProductArt";
import { Button } from "@/components/ui/button";
import { path } from "@/routing";
import { titleOf, type Cart } from "@/store";
import { texts } from "@/texts/store";

import { Money } from "./Money";
import { Quantity } from "./Quantity";

interface CartLinesProps {
  cart: Cart;
  /** When somebody goes to a product. */
  onLeave?: () => void;
}

export function CartLines({ cart, onLeave }: CartLinesProps) {
  return (
    <ul className="divide-y">
      {cart.items.map(({ sku, quantity, product, variant }) => {
        const title = titleOf(product, variant);
        return (
          <li key={sku} className="flex gap-4 py-4 first:pt-0 last:pb-0">
            <ProductArt product={product} variant={variant} className="size-20 shrink-0 rounded-lg" />
            <div className="flex min-w-0 grow flex-col gap-2">
              <div className="flex items-baseline justify-between gap-3">
                <Link
                  to={path("/products/:slug", { slug: product.slug })}
                  onClick={onLeave}
                  className="font-medium text-pretty hover:underline"
                >
                  {title}
                </Link>
                <Money amount={variant.amount * quantity} />
              </div>
              <div className="flex items-center justify-between gap-3">
                <Quantity
                  label={texts.quantityOf(title)}
                  value={quantity}
                  onChange={(next) => cart.setQuantity(sku, next)}
                />
                <Button
                  type="button"
                  variant="ghost"
                  size="icon"
                  aria-label={texts.removeOf(title)}
                  onClick={(event) => {
                    // The button goes with its line: the focus stays in the cart.
                    event.currentTarget.closest<HTMLElement>("[tabindex='-1']")?.focus();
                    cart.setQuantity(sku, 0);
                  }}
                >
                  <Trash2 aria-hidden />
                </Button>
              </div>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
