import type { Table } from "@tanstack/react-table";
import { Trash2 } from "lucide-react";

import { Button } from "@/components/ui/button";
import type { Person } from "@/data/people";

interface SelectionBarProps {
  table: Table<Person>;
  onRemove: (people: Person[]) => void;
}

/** What can be done with the people that are selected. */
export function SelectionBar({ table, onRemove }: SelectionBarProps) {
  const chosen = table.getFilteredSelectedRowModel().rows.map((row) => row.original);
  return (
    <div role="status" className="empty:hidden">
      {chosen.length > 0 && (
        <div className="flex flex-wrap items-center gap-2 rounded-lg bg-accent px-3 py-2 text-sm text-accent-foreground">
          <p className="mr-auto">
            {chosen.length === 1 ? "1 person" : `${chosen.length} people`} selected
          </p>
          <Button type="button" variant="ghost" size="sm" onClick={() => table.resetRowSelection(true)}>
            Clear
          </Button>
          <Button
            type="button"
            variant="outline"
            size="sm"
            onClick={() => {
              table.resetRowSelection(true);
              onRemove(chosen);
            }}
          >
            <Trash2 aria-hidden />
            Remove
          </Button>
        </div>
      )}
    </div>
  );
}
