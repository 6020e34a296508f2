import { ArrowDown } from "lucide-react";

import { ProductArt } from "@/art/ProductArt";
import { Button } from "@/components/ui/button";
import type { Product } from "@/store";
import { texts } from "@/texts/store";

export function Hero({ products }: { products: Product[] }) {
  const [first, second, third] = products;
  return (
    <section className="grid items-center gap-8 overflow-hidden rounded-2xl bg-muted p-6 sm:p-10 md:grid-cols-[1.1fr_1fr]">
      <div className="space-y-4">
        <h1 className="text-4xl font-semibold tracking-tight text-balance sm:text-5xl">{texts.heroTitle}</h1>
        <p className="max-w-md text-lg text-muted-foreground text-pretty">{texts.heroText}</p>
        <Button asChild size="lg">
          <a href="#products">
            {texts.heroLink} <ArrowDown aria-hidden />
          </a>
        </Button>
      </div>
      <div aria-hidden className="grid grid-cols-[1.6fr_1fr] grid-rows-2 gap-3 sm:gap-4">
        {first && <ProductArt product={first} className="row-span-2 h-full w-full max-md:aspect-auto" />}
        {second && <ProductArt product={second} />}
        {third && <ProductArt product={third} />}
      </div>
    </section>
  );
}
