import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { growthOf } from "@/data/growth";
import type { Person } from "@/data/people";

import { GrowthChart } from "./GrowthChart";

/** How many people there were, by months: as a chart, and as a table for those who do not see it. */
export function Growth({ people }: { people: Person[] }) {
  const months = growthOf(people);
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
          <GrowthChart months={months} />
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
