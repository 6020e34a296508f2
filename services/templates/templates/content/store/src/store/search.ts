import type { Product } from "./types";

export const ORDERS = ["featured", "cheapest", "dearest", "name"] as const;
export type SortOrder = (typeof ORDERS)[number];

export interface Wanted {
  words?: string;
  category?: string;
  order?: string;
}

export function fromAmount({ variants }: Product): number {
  return Math.min(...variants.map(({ amount }) => amount));
}

/** Lower case, without accents. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The products that have all the words, in the order that was asked for. */
export function find(products: readonly Product[], { words = "", category, order }: Wanted): Product[] {
  const parts = plain(words).split(/\s+/).filter(Boolean);
  const found = products.filter((product) => {
    const text = plain(
      [product.name, product.category, product.summary, ...product.variants.map((v) => v.label)].join(" "),
    );
    return (!category || product.category === category) && parts.every((part) => text.includes(part));
  });
  if (order === "cheapest") return found.toSorted((one, other) => fromAmount(one) - fromAmount(other));
  if (order === "dearest") return found.toSorted((one, other) => fromAmount(other) - fromAmount(one));
  if (order === "name") return found.toSorted((one, other) => one.name.localeCompare(other.name));
  return found;
}

export function categoriesOf(products: readonly Product[]): string[] {
  return [...new Set(products.map(({ category }) => category))];
}
