import type { CSSProperties } from "react";

import { cn } from "@/lib/utils";
import type { Product, Variant } from "@/store";

import { SHAPES } from "./shapes";

interface ProductArtProps {
  product: Product;
  variant?: Variant;
  className?: string;
  /** Said to those who do not see it; left out where the name stands beside it. */
  label?: string;
}

/** A product's picture, in the colours of the theme. Photographs go in its place: an <img> with width, height and alt. */
export function ProductArt({ product, variant = product.variants[0], className, label }: ProductArtProps) {
  const full = `var(--chart-${variant.hue ?? 1})`;
  const shades = {
    "--full": full,
    "--pale": `color-mix(in oklab, ${full} 38%, var(--card))`,
    "--deep": `color-mix(in oklab, ${full} 72%, var(--foreground))`,
    background: `color-mix(in oklab, ${full} 13%, var(--card))`,
  } as CSSProperties;
  return (
    <div style={shades} className={cn("aspect-square overflow-hidden rounded-xl", className)}>
      <svg
        viewBox="0 0 200 200"
        strokeLinecap="round"
        strokeLinejoin="round"
        className="size-full"
        role={label ? "img" : undefined}
        aria-label={label}
        aria-hidden={label ? undefined : true}
      >
        <ellipse cx={100} cy={172} rx={62} ry={8} className="fill-(--deep)" opacity={0.16} />
        {SHAPES[product.art]}
      </svg>
    </div>
  );
}
