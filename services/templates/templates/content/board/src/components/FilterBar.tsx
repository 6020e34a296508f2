import { Search, X } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { NativeSelect } from "@/components/ui/native-select";
import { LABELS, PEOPLE } from "@/data/board";
import { narrows, NO_FILTER, type Filter } from "@/data/filter";
import { cn } from "@/lib/utils";

interface FilterBarProps {
  filter: Filter;
  onChange: (filter: Filter) => void;
}

export function FilterBar({ filter, onChange }: FilterBarProps) {
  function toggle(id: string) {
    const { labels } = filter;
    onChange({ ...filter, labels: labels.includes(id) ? labels.filter((each) => each !== id) : [...labels, id] });
  }

  return (
    <div role="search" className="flex flex-wrap items-center gap-2">
      <div className="relative min-w-40 flex-1 sm:max-w-56">
        <Search aria-hidden className="absolute top-2.5 left-3 size-4 text-muted-foreground" />
        <Input
          type="search"
          aria-label="Search cards"
          placeholder="Search cards…"
          className="pl-9"
          value={filter.text}
          onChange={(event) => onChange({ ...filter, text: event.target.value })}
        />
      </div>
      <div className="w-36 sm:w-44">
        <NativeSelect
          aria-label="Person"
          value={filter.person}
          onChange={(event) => onChange({ ...filter, person: event.target.value })}
        >
          <option value="">Everybody</option>
          {PEOPLE.map((person) => (
            <option key={person}>{person}</option>
          ))}
        </NativeSelect>
      </div>
      <div role="group" aria-label="Labels" className="flex flex-wrap sm:gap-1">
        {LABELS.map(({ id, title, colour }) => (
          <Button
            key={id}
            type="button"
            variant={filter.labels.includes(id) ? "secondary" : "ghost"}
            size="sm"
            className="px-2.5"
            aria-pressed={filter.labels.includes(id)}
            onClick={() => toggle(id)}
          >
            <span aria-hidden className={cn("size-2 rounded-full", colour)} />
            {title}
          </Button>
        ))}
      </div>
      {narrows(filter) && (
        <Button type="button" variant="outline" size="sm" onClick={() => onChange(NO_FILTER)}>
          <X aria-hidden />
          Show all
        </Button>
      )}
    </div>
  );
}
