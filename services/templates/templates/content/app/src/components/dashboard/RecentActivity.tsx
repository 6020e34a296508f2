import { Link } from "react-router";

import { PersonAvatar } from "@/components/people/PersonAvatar";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { ago } from "@/data/dates";
import type { Activity } from "@/data/figures";
import { path } from "@/routing";

export function RecentActivity({ activities }: { activities: Activity[] }) {
  return (
    <Card className="min-w-0">
      <CardHeader>
        <CardTitle>
          <h2>Recent activity</h2>
        </CardTitle>
      </CardHeader>
      <CardContent>
        {activities.length === 0 && <p className="text-sm text-muted-foreground">What people do shows here.</p>}
        <ul className="grid gap-4 sm:grid-cols-2">
          {activities.map(({ person, day, text }) => (
            <li key={`${person.id} ${text}`} className="flex items-center gap-3 text-sm">
              <PersonAvatar name={person.name} />
              <div className="min-w-0 flex-1">
                <p className="truncate">
                  <Link to={path("/people/:id", { id: person.id })} className="font-medium underline-offset-4 hover:underline">
                    {person.name}
                  </Link>{" "}
                  {text}
                </p>
                <p className="text-xs text-muted-foreground">
                  {person.team}, <time dateTime={day}>{ago(day)}</time>
                </p>
              </div>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}
