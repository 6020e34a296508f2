import { ArrowDownRight, ArrowRight, ArrowUpRight } from "lucide-react";

import { Card, CardContent } from "@/components/ui/card";
import type { Figure } from "@/data/figures";

/** A number, and how it moved. */
export function StatCard({ label, value, change, against }: Figure) {
  return (
    <Card className="h-full py-4">
      <CardContent className="space-y-1 px-4">
        <h2 className="font-sans text-sm font-normal tracking-normal text-muted-foreground">{label}</h2>
        <p className="font-heading text-2xl font-semibold tracking-tight tabular-nums sm:text-3xl">{value}</p>
        <p className="flex flex-wrap items-center gap-x-1.5 text-xs text-muted-foreground">
          {change !== null && <Trend change={change} />}
          {against}
        </p>
      </CardContent>
    </Card>
  );
}

function Trend({ change }: { change: number }) {
  const Arrow = change > 0 ? ArrowUpRight : change < 0 ? ArrowDownRight : ArrowRight;
  const colour = change > 0 ? "text-success" : change < 0 ? "text-destructive" : "";
  return (
    <span className={`inline-flex items-center gap-0.5 font-medium tabular-nums ${colour}`}>
      <Arrow aria-hidden className="size-3.5" />
      {change.toLocaleString(undefined, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 })}
    </span>
  );
}
