import { Link } from "react-router";

import { ProductArt } from "@/art/ProductArt";
import { path } from "@/routing";
import { fromAmount, type Product } from "@/store";
import { texts } from "@/texts/store";

import { money } from "./Money";

export function ProductCard({ product }: { product: Product }) {
  const { slug, name, variants, badge } = product;
  const least = fromAmount(product);
  const several = variants.some(({ amount }) => amount !== least);
  const soldOut = variants.every((variant) => variant.soldOut);
  const word = soldOut ? texts.soldOut : badge;
  return (
    <article className="group relative space-y-3">
      <div className="relative">
        <ProductArt
          product={product}
          className="transition-transform duration-300 motion-safe:group-hover:scale-[1.015]"
        />
        {word && (
          <p className="absolute top-3 left-3 rounded-full bg-card px-2.5 py-0.5 text-xs font-medium text-card-foreground">
            {word}
          </p>
        )}
      </div>
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <h3 className="font-medium">
          <Link
            to={path("/products/:slug", { slug })}
            className="after:absolute after:inset-0 after:rounded-xl"
          >
            {name}
          </Link>
        </h3>
        <p className="text-sm text-muted-foreground tabular-nums">
          {several ? texts.from(money(least)) : money(least)}
        </p>
      </div>
    </article>
  );
}
