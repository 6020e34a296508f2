import { Trash2 } from "lucide-react";
import { Link } from "react-router";

import { ProductArt } from "@/art/ProductArt";
import { Button } from "@/components/ui/button";
import { path } from "@/routing";
import { titleOf, type Cart, type CartItem } from "@/store";
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
      {cart.items.map((item) => (
        <li key={item.sku} className="flex gap-4 py-4 first:pt-0 last:pb-0">
          <ProductArt product={item.product} variant={item.variant} className="size-20 shrink-0 rounded-lg" />
          <Line item={item} onQuantity={(next) => cart.setQuantity(item.sku, next)} onLeave={onLeave} />
        </li>
      ))}
    </ul>
  );
}

interface LineProps {
  item: CartItem;
  onQuantity: (quantity: number) => void;
  onLeave?: () => void;
}

function Line({ item: { quantity, product, variant }, onQuantity, onLeave }: LineProps) {
  const title = titleOf(product, variant);

  function remove(button: HTMLElement) {
    // The button goes with its line: the focus stays in the cart.
    button.closest<HTMLElement>("[tabindex='-1']")?.focus();
    onQuantity(0);
  }

  return (
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
        <Quantity label={texts.quantityOf(title)} value={quantity} onChange={onQuantity} />
        <Button
          type="button"
          variant="ghost"
          size="icon"
          aria-label={texts.removeOf(title)}
          onClick={(event) => remove(event.currentTarget)}
        >
          <Trash2 aria-hidden />
        </Button>
      </div>
    </div>
  );
}
