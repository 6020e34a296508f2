import { useMemo } from "react";
import { Cell, Legend, Line, LineChart, Pie, PieChart, ResponsiveContainer, Tooltip, XAxis, YAxis, CartesianGrid } from "recharts";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";

const COLORS = ["#0088FE", "#00C49F", "#FFBB28", "#FF8042"];

const expenses = [
  { name: "Rent", value: 1200 },
  { name: "Food", value: 450 },
  { name: "Travel", value: 180 },
  { name: "Other", value: 90 },
];

export default function ExpensesOverview() {
  const history = useMemo(
    () => Array.from({ length: 12 }, (_, i) => ({ month: `M${i + 1}`, income: 2000 + i * 120, spent: 1600 + ((i * 379) % 500) })),
    [],
  );
  const total = expenses.reduce((sum, e) => sum + e.value, 0);

  return (
    <Tabs defaultValue="breakdown" className="space-y-4">
      <TabsList className="grid w-full grid-cols-2">
        <TabsTrigger value="breakdown">Breakdown</TabsTrigger>
        <TabsTrigger value="history">History</TabsTrigger>
      </TabsList>
      <TabsContent value="breakdown">
        <Card>
          <CardHeader>
            <CardTitle>${total.toLocaleString()} this month</CardTitle>
          </CardHeader>
          <CardContent className="h-[300px]">
            <ResponsiveContainer width="100%" height="100%">
              <PieChart>
                <Pie
                  data={expenses}
                  cx="50%"
                  cy="50%"
                  outerRadius={80}
                  dataKey="value"
                  label={({ name, percent }) => `${name} ${((percent ?? 0) * 100).toFixed(0)}%`}
                >
                  {expenses.map((entry, index) => (
                    <Cell key={`cell-${index}`} fill={COLORS[index % COLORS.length]} />
                  ))}
                </Pie>
                <Tooltip formatter={(value) => [`$${value}`, "Amount"]} />
                <Legend />
              </PieChart>
            </ResponsiveContainer>
          </CardContent>
        </Card>
      </TabsContent>
      <TabsContent value="history">
        <ResponsiveContainer width="100%" height={300}>
          <LineChart data={history}>
            <CartesianGrid strokeDasharray="3 3" className="stroke-muted" />
            <XAxis dataKey="month" />
            <YAxis />
            <Tooltip />
            <Line type="monotone" dataKey="income" stroke="#8884d8" strokeWidth={2} dot={false} />
            <Line type="monotone" dataKey="spent" stroke="#82ca9d" />
          </LineChart>
        </ResponsiveContainer>
      </TabsContent>
    </Tabs>
  );
}
