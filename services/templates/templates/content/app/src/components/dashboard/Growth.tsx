import { lazy, Suspense } from "react";

import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { Month } from "@/data/figures";

const GrowthChart = lazy(() => import("./GrowthChart").then((part) => ({ default: part.GrowthChart })));

/** How many people there were, by months: as a chart, and as a table for those who do not see it. */
export function Growth({ months }: { months: Month[] }) {
  return (
    <Card className="h-full min-w-0">
      <CardHeader>
        <CardTitle>
          <h2>Growth</h2>
        </CardTitle>
        <CardDescription>People in all, and those who joined, by month</CardDescription>
      </CardHeader>
      <CardContent>
        <div aria-hidden className="h-64">
          <Suspense fallback={<Skeleton className="size-full" />}>
            <GrowthChart months={months} />
          </Suspense>
        </div>
        <table className="sr-only">
          <caption>People by month</caption>
          <thead>
            <tr>
              <th scope="col">Month</th>
              <th scope="col">People</th>
              <th scope="col">Joined</th>
            </tr>
          </thead>
          <tbody>
            {months.map(({ month, total, joined }, index) => (
              <tr key={index}>
                <th scope="row">{month}</th>
                <td>{total}</td>
                <td>{joined}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </CardContent>
    </Card>
  );
}
