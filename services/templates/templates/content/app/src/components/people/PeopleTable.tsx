import { flexRender, type Column } from "@tanstack/react-table";

import { DataTablePagination } from "@/components/ui/data-table";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { Person } from "@/data/people";

import type { RowActions } from "./columns";
import { SelectionBar } from "./SelectionBar";
import { TableToolbar } from "./TableToolbar";
import { usePeopleTable } from "./usePeopleTable";

interface PeopleTableProps extends RowActions {
  people: Person[];
}

export function PeopleTable({ people, ...actions }: PeopleTableProps) {
  const table = usePeopleTable(people, actions);
  const rows = table.getRowModel().rows;
  return (
    <div className="space-y-3">
      <TableToolbar table={table} />
      <SelectionBar table={table} onRemove={actions.onRemove} />
      <div className="overflow-hidden rounded-lg border bg-card">
        <Table>
          <TableHeader>
            {table.getHeaderGroups().map((group) => (
              <TableRow key={group.id}>
                {group.headers.map((header) => (
                  <TableHead key={header.id} aria-sort={sortOf(header.column)}>
                    {flexRender(header.column.columnDef.header, header.getContext())}
                  </TableHead>
                ))}
              </TableRow>
            ))}
          </TableHeader>
          <TableBody>
            {rows.map((row) => (
              <TableRow key={row.id} data-state={row.getIsSelected() ? "selected" : undefined}>
                {row.getVisibleCells().map((cell) => (
                  <TableCell key={cell.id}>{flexRender(cell.column.columnDef.cell, cell.getContext())}</TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
        {rows.length === 0 && (
          <p role="status" className="px-4 py-12 text-center text-sm text-muted-foreground">
            Nobody is like that. Search for something else, or show everybody.
          </p>
        )}
      </div>
      {table.getPageCount() > 1 && <DataTablePagination table={table} />}
    </div>
  );
}

function sortOf(column: Column<Person>): "ascending" | "descending" | undefined {
  const sorted = column.getIsSorted();
  return sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined;
}
