import { Activity, ArrowUpRight, CreditCard, DollarSign, LucideIcon, Users } from "lucide-react";
import { motion } from "motion/react";
import { Bar, BarChart, XAxis } from "recharts";
import {
  Avatar,
  AvatarFallback,
  Badge,
  Button,
  Card,
  CardContent,
  CardDescription,
  CardHeader,
  CardTitle,
  Progress,
  Skeleton,
} from "@/components/ui";
import { ChartContainer, ChartTooltip, ChartTooltipContent, type ChartConfig } from "@/components/ui/chart";

interface StatCardProps {
  title: string;
  value: string;
  change: number;
  icon: LucideIcon;
}

const StatCard: React.FC<StatCardProps> = ({ title, value, change, icon: Icon }) => (
  <Card>
    <CardHeader className="flex flex-row items-center justify-between space-y-0 pb-2">
      <CardTitle className="text-sm font-medium">{title}</CardTitle>
      <Icon className="h-4 w-4 text-muted-foreground" />
    </CardHeader>
    <CardContent>
      <div className="text-2xl font-bold">{value}</div>
      <p className="text-xs text-muted-foreground">
        <span className={change > 0 ? "text-emerald-600 dark:text-emerald-400" : "text-destructive"}>
          {change > 0 ? "+" : ""}
          {change}%
        </span>{" "}
        from last month
      </p>
    </CardContent>
  </Card>
);

const config: ChartConfig = { total: { label: "Total", color: "hsl(var(--primary))" } };
const data = ["Jan", "Feb", "Mar"].map((name, i) => ({ name, total: 1000 + i * 700 }));

export default function Dashboard() {
  return (
    <div className="flex-1 space-y-4 p-4 md:p-8 pt-6">
      <div className="flex items-center justify-between space-y-2">
        <h2 className="text-3xl font-bold tracking-tight">Dashboard</h2>
        <Button size="sm">
          Download <ArrowUpRight className="ml-2 h-4 w-4" />
        </Button>
      </div>
      <motion.div layout className="grid gap-4 md:grid-cols-2 lg:grid-cols-4">
        <StatCard title="Total Revenue" value="$45,231.89" change={20.1} icon={DollarSign} />
        <StatCard title="Subscriptions" value="+2350" change={180.1} icon={Users} />
        <StatCard title="Sales" value="+12,234" change={-19} icon={CreditCard} />
        <StatCard title="Active Now" value="+573" change={2} icon={Activity} />
      </motion.div>
      <div className="grid gap-4 md:grid-cols-2 lg:grid-cols-7">
        <Card className="col-span-4">
          <CardHeader>
            <CardTitle>Overview</CardTitle>
          </CardHeader>
          <CardContent className="pl-2">
            <ChartContainer config={config} className="h-[250px] w-full">
              <BarChart data={data}>
                <XAxis dataKey="name" stroke="#888888" fontSize={12} tickLine={false} axisLine={false} />
                <ChartTooltip content={<ChartTooltipContent hideLabel />} />
                <Bar dataKey="total" fill="var(--color-total)" radius={[4, 4, 0, 0]} />
              </BarChart>
            </ChartContainer>
          </CardContent>
        </Card>
        <Card className="col-span-3">
          <CardHeader>
            <CardTitle>Recent Sales</CardTitle>
            <CardDescription>You made 265 sales this month.</CardDescription>
          </CardHeader>
          <CardContent className="space-y-8">
            <div className="flex items-center">
              <Avatar className="h-9 w-9">
                <AvatarFallback>OM</AvatarFallback>
              </Avatar>
              <div className="ml-4 space-y-1">
                <p className="text-sm font-medium leading-none">Olivia Martin</p>
              </div>
              <Badge variant="outline" className="ml-auto">
                +$1,999.00
              </Badge>
            </div>
            <Progress value={66} className="h-2" />
            <Skeleton className="h-4 w-[250px]" />
          </CardContent>
        </Card>
      </div>
    </div>
  );
}
