import { CalendarDays, Plus, TriangleAlert } from "lucide-react";
import { Bar, BarChart, Cell, XAxis } from "recharts";

import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { ChartContainer } from "@/components/ui/chart";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Progress } from "@/components/ui/progress";
import { Switch } from "@/components/ui/switch";

const SALES = [
  { day: "Mon", orders: 18 },
  { day: "Tue", orders: 26 },
  { day: "Wed", orders: 22 },
  { day: "Thu", orders: 31 },
  { day: "Fri", orders: 37 },
];
const FIGURES = [
  { label: "Orders today", value: "37", note: "6 more than yesterday", tone: "text-success" },
  { label: "Waiting", value: "12", note: "3 of them late", tone: "text-warning" },
  { label: "Returned", value: "2", note: "1 not yet answered", tone: "text-destructive" },
];

export function Home() {
  return (
    <div className="space-y-6">
      <header className="flex flex-wrap items-end justify-between gap-4">
        <div className="space-y-1">
          <h1 className="text-3xl">Good morning, Ada</h1>
          <p className="text-muted-foreground">Twelve orders are waiting for you.</p>
        </div>
        <div className="flex gap-2">
          <Button variant="outline">
            <CalendarDays aria-hidden /> This week
          </Button>
          <Button variant="secondary">Export</Button>
          <Button>
            <Plus aria-hidden /> New order
          </Button>
        </div>
      </header>
      <div className="grid grid-cols-3 gap-4">
        {FIGURES.map(({ label, value, note, tone }) => (
          <Card key={label}>
            <CardHeader>
              <CardDescription>{label}</CardDescription>
              <CardTitle className="text-3xl tabular-nums">{value}</CardTitle>
              <p className={`text-sm ${tone}`}>{note}</p>
            </CardHeader>
          </Card>
        ))}
      </div>
      <div className="grid grid-cols-[3fr_2fr] gap-4">
        <Orders />
        <Customer />
      </div>
    </div>
  );
}

function Orders() {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Orders of the week</CardTitle>
        <CardDescription>Friday was the best day so far.</CardDescription>
      </CardHeader>
      <CardContent className="space-y-4">
        <ChartContainer config={{ orders: { label: "Orders" } }} className="h-36 w-full">
          <BarChart data={SALES}>
            <XAxis dataKey="day" tickLine={false} axisLine={false} />
            <Bar dataKey="orders" radius={4} isAnimationActive={false}>
              {SALES.map(({ day }, index) => (
                <Cell key={day} fill={`var(--chart-${index + 1})`} />
              ))}
            </Bar>
          </BarChart>
        </ChartContainer>
        <Alert>
          <TriangleAlert aria-hidden />
          <AlertTitle>Flour is running low</AlertTitle>
          <AlertDescription>What is left is enough until Saturday.</AlertDescription>
        </Alert>
      </CardContent>
    </Card>
  );
}

function Customer() {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Customer</CardTitle>
        <div className="flex gap-2">
          <Badge>Regular</Badge>
          <Badge variant="secondary">Since 2021</Badge>
          <Badge variant="outline">Berlin</Badge>
        </div>
      </CardHeader>
      <CardContent className="space-y-4">
        <div className="space-y-2">
          <Label htmlFor="name">Name</Label>
          <Input id="name" defaultValue="Grace Hopper" />
        </div>
        <div className="flex items-center gap-2">
          <Checkbox id="letter" defaultChecked />
          <Label htmlFor="letter">Gets the letter</Label>
          <Switch id="invoice" aria-label="Pays by invoice" defaultChecked className="ml-auto" />
        </div>
        <Progress value={64} aria-label="Paid" />
        <div className="flex gap-2">
          <Button>Save</Button>
          <Button variant="destructive">Delete</Button>
          <Button variant="ghost">Cancel</Button>
        </div>
      </CardContent>
    </Card>
  );
}
