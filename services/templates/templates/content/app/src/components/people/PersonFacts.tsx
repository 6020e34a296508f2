import type { ReactNode } from "react";

import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { ago, longDate } from "@/data/dates";
import type { Person } from "@/data/people";

export function PersonFacts({ person }: { person: Person }) {
  const { email, role, team, joined, lastSeen, notes } = person;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-3">
      <Facts title="Details" className="lg:col-span-2">
        <dl className="grid gap-x-6 gap-y-4 text-sm sm:grid-cols-2">
          <Fact label="E-mail address">
            <a href={`mailto:${email}`} className="break-all text-primary underline-offset-4 hover:underline">
              {email}
            </a>
          </Fact>
          <Fact label="Role">{role || "–"}</Fact>
          <Fact label="Team">{team}</Fact>
          <Fact label="Joined">{`${longDate(joined)}, ${ago(joined)}`}</Fact>
          <Fact label="Last seen">{lastSeen ? ago(lastSeen) : "never"}</Fact>
        </dl>
      </Facts>
      <Facts title="Notes">
        <p className="text-sm break-words whitespace-pre-line text-muted-foreground">{notes || "No notes yet."}</p>
      </Facts>
    </div>
  );
}

function Facts({ title, className, children }: { title: string; className?: string; children: ReactNode }) {
  return (
    <Card className={className}>
      <CardHeader>
        <CardTitle>
          <h2>{title}</h2>
        </CardTitle>
      </CardHeader>
      <CardContent>{children}</CardContent>
    </Card>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0 space-y-0.5">
      <dt className="text-muted-foreground">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
