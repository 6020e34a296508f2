import type { ColumnDef } from "@tanstack/react-table";
import { MoreHorizontal } from "lucide-react";
import { Link } from "react-router";

import { PersonAvatar } from "@/components/people/PersonAvatar";
import { StatusBadge } from "@/components/people/StatusBadge";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { DataTableColumnHeader } from "@/components/ui/data-table";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { longDate } from "@/data/dates";
import type { Person } from "@/data/people";
import { path } from "@/routing";

export interface RowActions {
  onEdit: (person: Person) => void;
  onRemove: (people: Person[]) => void;
}

export function columnsFor(actions: RowActions): ColumnDef<Person>[] {
  return [
    {
      id: "select",
      enableSorting: false,
      enableHiding: false,
      header: ({ table }) => (
        <Checkbox
          className="block"
          aria-label="Select all on this page"
          checked={table.getIsAllPageRowsSelected() || (table.getIsSomePageRowsSelected() && "indeterminate")}
          onCheckedChange={(checked) => table.toggleAllPageRowsSelected(checked === true)}
        />
      ),
      cell: ({ row }) => (
        <Checkbox
          className="block"
          aria-label={`Select ${row.original.name}`}
          checked={row.getIsSelected()}
          onCheckedChange={(checked) => row.toggleSelected(checked === true)}
        />
      ),
    },
    {
      accessorKey: "name",
      enableHiding: false,
      header: ({ column }) => <DataTableColumnHeader column={column} title="Name" />,
      cell: ({ row }) => <NameCell person={row.original} />,
    },
    {
      accessorKey: "role",
      header: ({ column }) => <DataTableColumnHeader column={column} title="Role" />,
    },
    {
      accessorKey: "team",
      header: ({ column }) => <DataTableColumnHeader column={column} title="Team" />,
      filterFn: "equalsString",
    },
    {
      accessorKey: "status",
      header: ({ column }) => <DataTableColumnHeader column={column} title="Status" />,
      cell: ({ row }) => <StatusBadge status={row.original.status} />,
      filterFn: "equalsString",
    },
    {
      accessorKey: "joined",
      header: ({ column }) => <DataTableColumnHeader column={column} title="Joined" />,
      cell: ({ row }) => <span className="whitespace-nowrap tabular-nums">{longDate(row.original.joined)}</span>,
    },
    {
      id: "actions",
      enableHiding: false,
      header: () => <span className="sr-only">Actions</span>,
      cell: ({ row }) => <RowMenu person={row.original} {...actions} />,
    },
  ];
}

function NameCell({ person }: { person: Person }) {
  return (
    <div className="flex items-center gap-3">
      <div className="max-sm:hidden">
        <PersonAvatar name={person.name} />
      </div>
      <div className="min-w-0">
        <Link
          to={path("/people/:id", { id: person.id })}
          className="font-medium underline-offset-4 hover:underline"
        >
          {person.name}
        </Link>
        <p className="truncate text-xs text-muted-foreground max-sm:max-w-36">{person.email}</p>
      </div>
    </div>
  );
}

function RowMenu({ person, onEdit, onRemove }: RowActions & { person: Person }) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button type="button" variant="ghost" size="icon-sm" aria-label={`More for ${person.name}`}>
          <MoreHorizontal aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuItem asChild>
          <Link to={path("/people/:id", { id: person.id })}>Open</Link>
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => onEdit(person)}>Edit</DropdownMenuItem>
        <DropdownMenuSeparator />
        <DropdownMenuItem variant="destructive" onSelect={() => onRemove([person])}>
          Remove
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
