import { useSearchParams } from "react-router";

import { Filters, type Filter } from "@/components/Filters";
import { Hero } from "@/components/Hero";
import { ProductGrid } from "@/components/ProductGrid";
import { Button } from "@/components/ui/button";
import { categoriesOf, find, useCatalogue } from "@/store";
import { texts } from "@/texts/store";

export function Catalogue() {
  const { products } = useCatalogue();
  const { values, change, clear } = useWanted();
  const shown = find(products, values);

  return (
    <div className="space-y-12">
      <Hero products={[products[4], products[0], products[5]].filter((one) => one !== undefined)} />
      <section id="products" aria-labelledby="products-title" className="scroll-mt-24 space-y-6">
        <div className="flex items-baseline justify-between gap-4">
          <h2 id="products-title" className="text-2xl font-semibold tracking-tight">
            {texts.products}
          </h2>
          <p role="status" className="text-sm text-muted-foreground">
            {texts.found(shown.length)}
          </p>
        </div>
        <Filters categories={categoriesOf(products)} values={values} onChange={change} />
        {shown.length === 0 && (
          <div className="space-y-3 rounded-xl border border-dashed p-10 text-center">
            <p className="font-medium">{texts.nothingFound}</p>
            <p className="text-sm text-muted-foreground">{texts.nothingFoundText}</p>
            <Button type="button" variant="outline" onClick={clear}>
              {texts.showAll}
            </Button>
          </div>
        )}
        <ProductGrid products={shown} />
      </section>
    </div>
  );
}

/** What is searched for stands in the address, so it can be sent to others and is there after going back. */
function useWanted() {
  const [parameters, setParameters] = useSearchParams();
  const values = {
    words: parameters.get("words") ?? "",
    category: parameters.get("category") ?? "",
    order: parameters.get("order") ?? "featured",
  };

  function change(filter: Filter, value: string) {
    const plain = value === "" || value === "featured";
    setParameters(
      (now) => {
        if (plain) now.delete(filter);
        else now.set(filter, value);
        return now;
      },
      { replace: true, preventScrollReset: true },
    );
  }

  return { values, change, clear: () => setParameters({}, { replace: true }) };
}
