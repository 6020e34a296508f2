import { useState } from "react";
import { Link } from "react-router";

import { ProductArt } from "@/art/ProductArt";
import { useOpenCart } from "@/components/cart-sheet";
import { Money } from "@/components/Money";
import { ProductGrid } from "@/components/ProductGrid";
import { Quantity } from "@/components/Quantity";
import { VariantPicker } from "@/components/VariantPicker";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Breadcrumbs, useRouteParams } from "@/routing";
import { useCart, useCatalogue, type Product, type Variant } from "@/store";
import { texts } from "@/texts/store";

export function ProductPage() {
  const { slug } = useRouteParams("/products/:slug");
  const { products } = useCatalogue();
  const product = products.find((one) => one.slug === slug);
  if (!product) {
    return (
      <EmptyState title={<h1>{texts.noProduct}</h1>} description={texts.noProductText}>
        <Button asChild>
          <Link to="/">{texts.toProducts}</Link>
        </Button>
      </EmptyState>
    );
  }
  const others = products.filter((one) => one.category === product.category && one !== product).slice(0, 4);
  return (
    <div className="space-y-14">
      <div className="space-y-6">
        <Breadcrumbs />
        <Offer key={slug} product={product} />
      </div>
      {others.length > 0 && (
        <section aria-labelledby="more" className="space-y-6">
          <h2 id="more" className="text-xl font-semibold tracking-tight">
            {texts.more(product.category)}
          </h2>
          <ProductGrid products={others} />
        </section>
      )}
    </div>
  );
}

function Offer({ product }: { product: Product }) {
  const { variants, name, category, summary, description, details } = product;
  const [sku, choose] = useState(() => (variants.find((one) => !one.soldOut) ?? variants[0]).sku);
  const variant = variants.find((one) => one.sku === sku) ?? variants[0];

  return (
    <div className="grid gap-8 md:grid-cols-2 md:gap-12">
      <ProductArt
        product={product}
        variant={variant}
        label={`${name} ${variant.label}`.trim()}
        className="w-full"
      />
      <div className="space-y-6 md:py-2">
        <div className="space-y-2">
          <p className="text-sm text-muted-foreground">{category}</p>
          <h1 className="text-3xl font-semibold tracking-tight text-balance">{name}</h1>
          <p className="text-xl">
            <Money amount={variant.amount} />
          </p>
        </div>
        <p className="max-w-prose text-muted-foreground text-pretty">
          {summary} {description}
        </p>
        <VariantPicker product={product} chosen={variant} onChoose={choose} />
        <AddToCart variant={variant} />
        <Details details={details} />
      </div>
    </div>
  );
}

function Details({ details }: Pick<Product, "details">) {
  return (
    <section aria-labelledby="details" className="space-y-2 border-t pt-5">
      <h2 id="details" className="text-sm font-semibold">
        {texts.details}
      </h2>
      <ul className="list-disc space-y-1 pl-4 text-sm text-muted-foreground">
        {details.map((detail) => (
          <li key={detail}>{detail}</li>
        ))}
      </ul>
    </section>
  );
}

function AddToCart({ variant }: { variant: Variant }) {
  const [quantity, setQuantity] = useState(1);
  const { add } = useCart();
  const openCart = useOpenCart();

  function addToCart() {
    add(variant.sku, quantity);
    setQuantity(1);
    openCart();
  }

  return (
    <div className="flex flex-wrap items-center gap-3">
      <Quantity label={texts.quantity} value={quantity} onChange={setQuantity} />
      <Button
        type="button"
        size="lg"
        className="grow sm:grow-0"
        disabled={variant.soldOut}
        onClick={addToCart}
      >
        {variant.soldOut ? texts.soldOut : texts.addToCart}
      </Button>
    </div>
  );
}
