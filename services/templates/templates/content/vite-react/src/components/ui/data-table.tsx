import {
  type Column,
  type ColumnDef,
  type ColumnFiltersState,
  flexRender,
  getCoreRowModel,
  getFilteredRowModel,
  getPaginationRowModel,
  getSortedRowModel,
  type SortingState,
  type Table as TableState,
  useReactTable,
} from "@tanstack/react-table";
import { ArrowDownIcon, ArrowUpDownIcon, ArrowUpIcon } from "lucide-react";
import { type ReactNode, useState } from "react";

import { cn } from "@/core/utils";

import { Button } from "./button";
import { Input } from "./input";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "./table";

export type { ColumnDef } from "@tanstack/react-table";

export interface DataTableProps<TData, TValue> {
  columns: ColumnDef<TData, TValue>[];
  data: TData[];
  /** The id of the column that the search field looks in; without it there is no field. */
  searchKey?: string;
  searchPlaceholder?: string;
  pageSize?: number;
  emptyText?: ReactNode;
  className?: string;
}

/** A table of @tanstack/react-table's columns that sorts, searches, selects and turns its pages. */
export function DataTable<TData, TValue>({
  columns,
  data,
  searchKey,
  searchPlaceholder = "Search…",
  pageSize = 10,
  emptyText = "No results.",
  className,
}: DataTableProps<TData, TValue>) {
  const [sorting, setSorting] = useState<SortingState>([]);
  const [columnFilters, setColumnFilters] = useState<ColumnFiltersState>([]);
  const [rowSelection, setRowSelection] = useState({});
  const table = useReactTable({
    data,
    columns,
    state: { sorting, columnFilters, rowSelection },
    initialState: { pagination: { pageSize } },
    onSortingChange: setSorting,
    onColumnFiltersChange: setColumnFilters,
    onRowSelectionChange: setRowSelection,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getFilteredRowModel: getFilteredRowModel(),
    getPaginationRowModel: getPaginationRowModel(),
  });
  const searched = searchKey ? table.getColumn(searchKey) : undefined;
  return (
    <div data-slot="data-table" className={cn("w-full space-y-3", className)}>
      {searched && (
        <Input
          type="search"
          aria-label={searchPlaceholder}
          placeholder={searchPlaceholder}
          value={(searched.getFilterValue() as string | undefined) ?? ""}
          onChange={(event) => searched.setFilterValue(event.target.value)}
          className="max-w-xs"
        />
      )}
      <div className="overflow-hidden rounded-lg border border-border">
        <Rows table={table} columns={columns.length} emptyText={emptyText} />
      </div>
      {table.getPageCount() > 1 && <DataTablePagination table={table} />}
    </div>
  );
}

function Rows<TData>({
  table,
  columns,
  emptyText,
}: {
  table: TableState<TData>;
  columns: number;
  emptyText: ReactNode;
}) {
  const rows = table.getRowModel().rows;
  return (
    <Table>
      <TableHeader>
        {table.getHeaderGroups().map((group) => (
          <TableRow key={group.id}>
            {group.headers.map((header) => (
              <TableHead key={header.id} colSpan={header.colSpan} aria-sort={sortOf(header.column)}>
                {!header.isPlaceholder && flexRender(header.column.columnDef.header, header.getContext())}
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
        {rows.length === 0 && (
          <TableRow>
            <TableCell colSpan={columns} className="h-24 text-center text-muted-foreground">
              {emptyText}
            </TableCell>
          </TableRow>
        )}
      </TableBody>
    </Table>
  );
}

function sortOf<TData>(column: Column<TData>): "ascending" | "descending" | undefined {
  const sorted = column.getIsSorted();
  return sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined;
}

/**
 * A column's heading that sorts by it:
 * `header: ({ column }) => <DataTableColumnHeader column={column} title="Name" />`
 */
export function DataTableColumnHeader<TData, TValue>({
  column,
  title,
  className,
}: {
  column: Column<TData, TValue>;
  title: ReactNode;
  className?: string;
}) {
  if (!column.getCanSort()) return <span className={className}>{title}</span>;
  const sorted = column.getIsSorted();
  const Arrow = sorted === "asc" ? ArrowUpIcon : sorted === "desc" ? ArrowDownIcon : ArrowUpDownIcon;
  return (
    <Button
      type="button"
      variant="ghost"
      size="sm"
      className={cn("-ml-2.5", className)}
      onClick={() => column.toggleSorting(sorted === "asc")}
    >
      {title}
      <Arrow aria-hidden />
    </Button>
  );
}

export function DataTablePagination<TData>({ table }: { table: TableState<TData> }) {
  const { pageIndex } = table.getState().pagination;
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 text-sm text-muted-foreground">
      <p role="status">
        Page {pageIndex + 1} of {table.getPageCount()}
      </p>
      <div className="flex gap-2">
        <Button
          type="button"
          variant="outline"
          size="sm"
          onClick={() => table.previousPage()}
          disabled={!table.getCanPreviousPage()}
        >
          Previous
        </Button>
        <Button
          type="button"
          variant="outline"
          size="sm"
          onClick={() => table.nextPage()}
          disabled={!table.getCanNextPage()}
        >
          Next
        </Button>
      </div>
    </div>
  );
}
