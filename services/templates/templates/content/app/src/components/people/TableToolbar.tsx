import type { Table } from "@tanstack/react-table";
import { Columns3, Search, X } from "lucide-react";

import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuCheckboxItem,
  DropdownMenuContent,
  DropdownMenuLabel,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Input } from "@/components/ui/input";
import { NativeSelect } from "@/components/ui/native-select";
import { STATUSES, TEAMS, type Person } from "@/data/people";

/** Above the list: what it is searched for, filtered by, and which columns it has. */
export function TableToolbar({ table }: { table: Table<Person> }) {
  const { globalFilter, columnFilters } = table.getState();
  const narrowed = globalFilter !== "" || columnFilters.length > 0;

  function showAll() {
    table.setGlobalFilter("");
    table.resetColumnFilters(true);
  }

  return (
    <div role="search" className="flex flex-wrap items-center gap-2">
      <div className="relative w-full sm:w-64">
        <Search aria-hidden className="absolute top-2.5 left-3 size-4 text-muted-foreground" />
        <Input
          type="search"
          aria-label="Search people"
          placeholder="Search people…"
          className="pl-9"
          value={globalFilter}
          onChange={(event) => table.setGlobalFilter(event.target.value)}
        />
      </div>
      <ColumnFilter table={table} column="status" every="All statuses" values={STATUSES} />
      <ColumnFilter table={table} column="team" every="All teams" values={TEAMS} />
      {narrowed && (
        <Button type="button" variant="ghost" size="sm" onClick={showAll}>
          <X aria-hidden />
          Show everybody
        </Button>
      )}
      <ColumnChoice table={table} />
    </div>
  );
}

interface ColumnFilterProps {
  table: Table<Person>;
  column: "status" | "team";
  every: string;
  values: readonly string[];
}

function ColumnFilter({ table, column, every, values }: ColumnFilterProps) {
  const filtered = table.getColumn(column);
  return (
    <div className="max-sm:flex-1">
      <NativeSelect
        aria-label={column}
        className="capitalize"
        value={(filtered?.getFilterValue() as string | undefined) ?? ""}
        onChange={(event) => filtered?.setFilterValue(event.target.value || undefined)}
      >
        <option value="">{every}</option>
        {values.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </NativeSelect>
    </div>
  );
}

function ColumnChoice({ table }: { table: Table<Person> }) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button type="button" variant="outline" className="ml-auto" aria-label="Columns">
          <Columns3 aria-hidden />
          <span className="max-sm:sr-only">Columns</span>
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuLabel>Columns</DropdownMenuLabel>
        {table
          .getAllLeafColumns()
          .filter((column) => column.getCanHide())
          .map((column) => (
            <DropdownMenuCheckboxItem
              key={column.id}
              className="capitalize"
              checked={column.getIsVisible()}
              onCheckedChange={(checked) => column.toggleVisibility(checked === true)}
              onSelect={(event) => event.preventDefault()}
            >
              {column.id}
            </DropdownMenuCheckboxItem>
          ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
