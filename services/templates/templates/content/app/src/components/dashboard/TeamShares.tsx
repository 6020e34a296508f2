import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { TEAMS, type Person } from "@/data/people";

/** How many are in each team, as bars that need no chart. */
export function TeamShares({ people }: { people: Person[] }) {
  const counts = TEAMS.map((team) => ({ team, count: people.filter((person) => person.team === team).length }));
  const most = Math.max(1, ...counts.map(({ count }) => count));
  return (
    <Card className="h-full min-w-0">
      <CardHeader>
        <CardTitle>
          <h2>Teams</h2>
        </CardTitle>
      </CardHeader>
      <CardContent>
        <ul className="space-y-3">
          {counts.map(({ team, count }) => (
            <li key={team} className="space-y-1.5 text-sm">
              <p className="flex justify-between gap-4">
                {team} <span className="text-muted-foreground tabular-nums">{count}</span>
              </p>
              <div aria-hidden className="h-2 overflow-hidden rounded-full bg-muted">
                <div className="h-full rounded-full bg-chart-1" style={{ width: `${(count / most) * 100}%` }} />
              </div>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}
