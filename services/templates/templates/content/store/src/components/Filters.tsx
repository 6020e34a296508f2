import { Search } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { NativeSelect } from "@/components/ui/native-select";
import { ORDERS } from "@/store";
import { texts } from "@/texts/store";

export type Filter = "words" | "category" | "order";

interface FiltersProps {
  categories: string[];
  values: Record<Filter, string>;
  onChange: (filter: Filter, value: string) => void;
}

/** What is shown of the catalogue, and in which order. */
export function Filters({ categories, values, onChange }: FiltersProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
      <div role="group" aria-label={texts.categories} className="flex flex-wrap gap-1.5">
        {["", ...categories].map((category) => (
          <Button
            key={category}
            type="button"
            size="sm"
            variant={values.category === category ? "secondary" : "ghost"}
            aria-pressed={values.category === category}
            onClick={() => onChange("category", category)}
          >
            {category || texts.allCategories}
          </Button>
        ))}
      </div>
      <SearchAndSort values={values} onChange={onChange} />
    </div>
  );
}

function SearchAndSort({ values, onChange }: Pick<FiltersProps, "values" | "onChange">) {
  return (
    <div className="flex grow gap-3 sm:ml-auto sm:grow-0">
      <div className="relative grow sm:w-56">
        <Search
          aria-hidden
          className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted-foreground"
        />
        <Input
          type="search"
          aria-label={texts.search}
          placeholder={texts.search}
          value={values.words}
          onChange={(event) => onChange("words", event.target.value)}
          className="pl-9"
        />
      </div>
      <div className="w-40 shrink-0">
        <NativeSelect
          aria-label={texts.sort}
          value={values.order}
          onChange={(event) => onChange("order", event.target.value)}
        >
          {ORDERS.map((order) => (
            <option key={order} value={order}>
              {texts.orders[order]}
            </option>
          ))}
        </NativeSelect>
      </div>
    </div>
  );
}
