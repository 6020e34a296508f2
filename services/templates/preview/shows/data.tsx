import { Bar, BarChart, CartesianGrid, XAxis } from "recharts";

import {
  Badge,
  type ChartConfig,
  ChartContainer,
  ChartLegend,
  ChartLegendContent,
  ChartTooltip,
  ChartTooltipContent,
  Checkbox,
  type ColumnDef,
  DataTable,
  DataTableColumnHeader,
  Table,
  TableBody,
  TableCaption,
  TableCell,
  TableFooter,
  TableHead,
  TableHeader,
  TableRow,
} from "@/components/ui";

import type { Shows } from "../App";

interface Invoice {
  number: string;
  customer: string;
  amount: number;
}

const invoices: Invoice[] = [
  "Meadow Bakery",
  "Harbour Books",
  "North Cycles",
  "Green Tea House",
  "Studio Lime",
].map((customer, index) => ({ number: `R-${index + 101}`, customer, amount: 120 + ((index * 83) % 200) }));

const columns: ColumnDef<Invoice>[] = [
  {
    id: "select",
    header: () => <span className="sr-only">Choose</span>,
    cell: ({ row }) => (
      <Checkbox
        aria-label={`Choose ${row.original.number}`}
        checked={row.getIsSelected()}
        onCheckedChange={(checked) => row.toggleSelected(checked === true)}
      />
    ),
  },
  { accessorKey: "number", header: ({ column }) => <DataTableColumnHeader column={column} title="Number" /> },
  {
    accessorKey: "customer",
    header: ({ column }) => <DataTableColumnHeader column={column} title="Customer" />,
  },
  { accessorKey: "amount", header: ({ column }) => <DataTableColumnHeader column={column} title="Amount" /> },
];

const config = {
  visits: { label: "Visits", color: "var(--chart-1)" },
  orders: { label: "Orders", color: "var(--chart-2)" },
} satisfies ChartConfig;
const months = ["January", "February", "March", "April", "May"].map((month, index) => ({
  month,
  visits: 180 + ((index * 97) % 140),
  orders: 60 + ((index * 53) % 90),
}));

export const data: Shows = {
  table: () => (
    <Table>
      <TableCaption>Invoices of this month</TableCaption>
      <TableHeader>
        <TableRow>
          <TableHead>Customer</TableHead>
          <TableHead>State</TableHead>
          <TableHead className="text-right">Amount</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {invoices.slice(0, 3).map((invoice) => (
          <TableRow key={invoice.number}>
            <TableCell className="font-medium">{invoice.customer}</TableCell>
            <TableCell>
              <Badge variant="success">Paid</Badge>
            </TableCell>
            <TableCell className="text-right tabular-nums">{invoice.amount} €</TableCell>
          </TableRow>
        ))}
      </TableBody>
      <TableFooter>
        <TableRow>
          <TableCell colSpan={2}>Total</TableCell>
          <TableCell className="text-right tabular-nums">526 €</TableCell>
        </TableRow>
      </TableFooter>
    </Table>
  ),
  "data-table": () => <DataTable columns={columns} data={invoices} searchKey="customer" pageSize={3} />,
  chart: () => (
    <ChartContainer config={config} aria-label="Visits and orders by month">
      <BarChart data={months} accessibilityLayer>
        <CartesianGrid vertical={false} />
        <XAxis
          dataKey="month"
          tickLine={false}
          axisLine={false}
          tickFormatter={(month: string) => month.slice(0, 3)}
        />
        <ChartTooltip content={<ChartTooltipContent />} />
        <ChartLegend content={<ChartLegendContent />} />
        <Bar dataKey="visits" fill="var(--color-visits)" radius={4} />
        <Bar dataKey="orders" fill="var(--color-orders)" radius={4} />
      </BarChart>
    </ChartContainer>
  ),
};
