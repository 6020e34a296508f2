import { useMemo } from "react";

import { PRODUCTS } from "@/catalogue";
import { useCollection } from "@/lib/collection";
import { DELIVERIES } from "@/shop";

import type { Delivery, Product, Variant } from "./types";

interface Price {
  sku: string;
  amount: number;
  freeFrom?: number | null;
  available: boolean;
}

export interface Catalogue {
  products: Product[];
  deliveries: Delivery[];
}

/** What is sold, at the prices of the database's list, where there is one: what it lacks cannot be ordered. */
export function useCatalogue(): Catalogue {
  const { items } = useCollection<Price>("price_list");
  return useMemo(() => {
    const prices = new Map(items.map((price) => [price.sku, price]));
    const priced = (variant: Variant): Variant => {
      const price = prices.get(variant.sku);
      if (!price) return prices.size ? { ...variant, soldOut: true } : variant;
      return { ...variant, amount: price.amount, soldOut: variant.soldOut || !price.available };
    };
    const products = PRODUCTS.map((product) => ({
      ...product,
      variants: product.variants.map(priced) as Product["variants"],
    }));
    const deliveries = DELIVERIES.flatMap((delivery) => {
      const price = prices.get(`delivery:${delivery.id}`);
      if (!price) return prices.size ? [] : [delivery];
      return price.available
        ? [{ ...delivery, amount: price.amount, freeFrom: price.freeFrom ?? undefined }]
        : [];
    });
    return { products, deliveries };
  }, [items]);
}
