import {
  getCoreRowModel,
  getFilteredRowModel,
  getPaginationRowModel,
  getSortedRowModel,
  useReactTable,
  type ColumnFiltersState,
  type PaginationState,
  type SortingState,
  type Table,
  type VisibilityState,
} from "@tanstack/react-table";
import { useEffect, useState, type Dispatch, type SetStateAction } from "react";

import type { Person } from "@/data/people";
import { useProfile } from "@/data/profile";
import { useIsMobile } from "@/hooks/use-mobile";

import { columnsFor, type RowActions } from "./columns";

const ON_PHONES: VisibilityState = { role: false, team: false, joined: false };

/** The list's state: what is searched, sorted, filtered, hidden and selected, and which page is shown. */
export function usePeopleTable(people: Person[], { onEdit, onRemove }: RowActions): Table<Person> {
  const narrow = useIsMobile();
  const { profile } = useProfile();
  const [sorting, setSorting] = useState<SortingState>([{ id: "joined", desc: true }]);
  const [columnFilters, setColumnFilters] = useState<ColumnFiltersState>([]);
  const [globalFilter, setGlobalFilter] = useState("");
  const [chosen, setChosen] = useState<VisibilityState>({});
  const [rowSelection, setRowSelection] = useState({});
  const [pagination, setPagination] = useState<PaginationState>({ pageIndex: 0, pageSize: profile.pageSize });
  // Made once: other columns would be other cells, which would lose the focus.
  const [columns] = useState(() => columnsFor({ onEdit, onRemove }));
  const toStart = () => setPagination((before) => ({ ...before, pageIndex: 0 }));
  const table = useReactTable({
    data: people,
    columns,
    state: {
      sorting,
      columnFilters,
      globalFilter,
      columnVisibility: narrow ? { ...ON_PHONES, ...chosen } : chosen,
      rowSelection,
      pagination,
    },
    getRowId: ({ id }) => id,
    autoResetPageIndex: false, // an edit stays on its page
    globalFilterFn: (row, _column, text: string) => found(row.original, text),
    onSortingChange: setSorting,
    onColumnFiltersChange: andThen(setColumnFilters, toStart),
    onGlobalFilterChange: andThen(setGlobalFilter, toStart),
    onPaginationChange: setPagination,
    onColumnVisibilityChange: setChosen,
    onRowSelectionChange: setRowSelection,
    getCoreRowModel: getCoreRowModel(),
    getFilteredRowModel: getFilteredRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getPaginationRowModel: getPaginationRowModel(),
  });
  const last = Math.max(0, table.getPageCount() - 1);
  useEffect(() => {
    // What was on the page that is shown may have been removed.
    setPagination((before) => (before.pageIndex > last ? { ...before, pageIndex: last } : before));
  }, [last]);
  return table;
}

function andThen<T>(set: Dispatch<SetStateAction<T>>, next: () => void): Dispatch<SetStateAction<T>> {
  return (change) => {
    set(change);
    next();
  };
}

function found({ name, email, role, team }: Person, text: string): boolean {
  const within = [name, email, role, team].join(" ").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => within.includes(word));
}
