import { Area, AreaChart, CartesianGrid, XAxis, YAxis } from "recharts";

import { ChartContainer, ChartTooltip, ChartTooltipContent, type ChartConfig } from "@/components/ui/chart";
import type { Month } from "@/data/growth";

const SERIES = {
  total: { label: "People", color: "var(--chart-1)" },
  joined: { label: "Joined", color: "var(--chart-2)" },
} satisfies ChartConfig;

export function GrowthChart({ months }: { months: Month[] }) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return (
    <ChartContainer config={SERIES} className="aspect-auto size-full">
      <AreaChart data={months} margin={{ left: -20, right: 16, top: 8 }} accessibilityLayer={false}>
        <defs>
          <linearGradient id="growth" x1="0" y1="0" x2="0" y2="1">
            <stop offset="0%" stopColor="var(--color-total)" stopOpacity={0.35} />
            <stop offset="100%" stopColor="var(--color-total)" stopOpacity={0.02} />
          </linearGradient>
        </defs>
        <CartesianGrid vertical={false} />
        <XAxis dataKey="month" tickLine={false} axisLine={false} tickMargin={8} minTickGap={8} />
        <YAxis tickLine={false} axisLine={false} allowDecimals={false} />
        <ChartTooltip content={<ChartTooltipContent />} />
        <Area
          dataKey="total"
          type="monotone"
          stroke="var(--color-total)"
          strokeWidth={2}
          fill="url(#growth)"
          isAnimationActive={!still}
        />
        <Area
          dataKey="joined"
          type="monotone"
          stroke="var(--color-joined)"
          strokeWidth={2}
          fill="none"
          isAnimationActive={!still}
        />
      </AreaChart>
    </ChartContainer>
  );
}
