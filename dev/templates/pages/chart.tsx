import { Bar, BarChart } from "recharts";

import { ChartContainer } from "@/components/ui/chart";

export function Home() {
  return (
    <ChartContainer config={{ visits: { color: "var(--chart-1)" } }}>
      <BarChart data={[{ visits: 1 }]}>
        <Bar dataKey="visits" fill="var(--color-visits)" />
      </BarChart>
    </ChartContainer>
  );
}
