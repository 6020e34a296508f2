import { useCollection } from "@/lib/collection";

import { itemsOf, withinReason } from "./cart";
import type { CartItem, CartLine } from "./types";
import { useCatalogue } from "./useCatalogue";

export interface Cart {
  items: CartItem[];
  add: (sku: string, quantity?: number) => void;
  /** None takes it out. */
  setQuantity: (sku: string, quantity: number) => void;
  clear: () => void;
}

/** The visitor's cart; kept in this browser, the same in all of its tabs. */
export function useCart(): Cart {
  const { products } = useCatalogue();
  const { items: lines, add, update, remove } = useCollection<CartLine>("cart");

  function setQuantity(sku: string, quantity: number) {
    const [line, ...doubles] = lines.filter((one) => one.sku === sku);
    doubles.forEach(({ id }) => remove(id));
    if (line && quantity < 1) remove(line.id);
    else if (line) update(line.id, { quantity: withinReason(quantity) });
    else if (quantity >= 1) add({ sku, quantity: withinReason(quantity) });
  }

  return {
    items: itemsOf(lines, products),
    add: (sku, quantity = 1) => {
      const there = lines.filter((line) => line.sku === sku).reduce((sum, line) => sum + line.quantity, 0);
      setQuantity(sku, there + quantity);
    },
    setQuantity,
    clear: () => lines.forEach(({ id }) => remove(id)),
  };
}
