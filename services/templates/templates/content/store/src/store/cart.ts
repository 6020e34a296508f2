import type { Amount, CartItem, CartLine, Delivery, OrderLine, Product, Totals } from "./types";

/** Of one variant in one order; supabase/store.sql has the same. */
export const MOST = 20;

export function withinReason(quantity: number): number {
  return Number.isFinite(quantity) ? Math.max(1, Math.min(MOST, Math.trunc(quantity))) : 1;
}

/** The lines with what they are of; those that are not for sale any more are left out. */
export function itemsOf(lines: readonly CartLine[], products: readonly Product[]): CartItem[] {
  const bySku = new Map<string, Omit<CartItem, "quantity">>();
  for (const product of products)
    for (const variant of product.variants)
      if (!variant.soldOut) bySku.set(variant.sku, { sku: variant.sku, product, variant });
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].flatMap(([sku, quantity]) => {
    const found = bySku.get(sku);
    return found ? [{ ...found, quantity: withinReason(quantity) }] : [];
  });
}

export function goodsOf(lines: readonly { quantity: number; amount: Amount }[]): Amount {
  return lines.reduce((sum, { quantity, amount }) => sum + quantity * amount, 0);
}

export function deliveryCost({ amount, freeFrom }: Delivery, goods: Amount): Amount {
  return freeFrom !== undefined && goods >= freeFrom ? 0 : amount;
}

export function totalsOf(lines: readonly OrderLine[], delivery: Delivery): Totals {
  const goods = goodsOf(lines);
  const cost = deliveryCost(delivery, goods);
  return { goods, delivery: cost, total: goods + cost };
}

/** "Stoneware mug, Sand". */
export function titleOf({ name }: { name: string }, { label }: { label: string }): string {
  return label ? `${name}, ${label}` : name;
}

export function orderLines(items: readonly CartItem[]): OrderLine[] {
  return items.map(({ sku, quantity, product, variant }) => ({
    sku,
    quantity,
    title: titleOf(product, variant),
    amount: variant.amount,
  }));
}

/** How many things lie in the cart. */
export function countOf(lines: readonly { quantity: number }[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
