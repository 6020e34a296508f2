import { type ColumnDef, DataTable } from "@/components/ui/data-table";

const columns: ColumnDef<{ name: string }>[] = [{ accessorKey: "name", header: "Name" }];

export function Home() {
  return <DataTable columns={columns} data={[{ name: "One" }]} />;
}
