import { Pencil, Trash2, UserX } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { PersonAvatar } from "@/components/people/PersonAvatar";
import { PersonFacts } from "@/components/people/PersonFacts";
import { PersonSheet } from "@/components/people/PersonSheet";
import { PersonTrail } from "@/components/people/PersonTrail";
import { StatusBadge } from "@/components/people/StatusBadge";
import { useRemoval } from "@/components/people/useRemoval";
import { Button } from "@/components/ui/button";
import { Empty, EmptyContent, EmptyDescription, EmptyHeader, EmptyMedia, EmptyTitle } from "@/components/ui/empty";
import { Skeleton } from "@/components/ui/skeleton";
import { usePeople } from "@/data/people";
import { useRouteParams } from "@/routing";

export function PersonPage() {
  const { id } = useRouteParams("/people/:id");
  const { items, loading } = usePeople();
  const [editing, setEditing] = useState(false);
  const navigate = useNavigate();
  const remove = useRemoval();
  const person = items.find((each) => each.id === id);

  if (loading) return <Skeleton role="status" aria-label="Loading…" className="h-64 w-full" />;
  if (!person) return <NobodyHere />;
  return (
    <div className="space-y-6">
      <PersonTrail name={person.name} />
      <header className="flex flex-wrap items-center gap-4">
        <PersonAvatar name={person.name} size="lg" />
        <div className="mr-auto min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="text-2xl font-semibold tracking-tight break-words">{person.name}</h1>
            <StatusBadge status={person.status} />
          </div>
          <p className="text-muted-foreground">{[person.role, person.team].filter(Boolean).join(" · ")}</p>
        </div>
        <div className="flex gap-2">
          <Button type="button" variant="outline" onClick={() => setEditing(true)}>
            <Pencil aria-hidden />
            Edit
          </Button>
          <Button
            type="button"
            variant="outline"
            onClick={() => {
              remove([person]);
              void navigate("/people");
            }}
          >
            <Trash2 aria-hidden />
            Remove
          </Button>
        </div>
      </header>
      <PersonFacts person={person} />
      <PersonSheet person={person} open={editing} onClose={() => setEditing(false)} />
    </div>
  );
}

function NobodyHere() {
  return (
    <Empty>
      <EmptyHeader>
        <EmptyMedia variant="icon">
          <UserX aria-hidden />
        </EmptyMedia>
        <EmptyTitle>
          <h1>Nobody is here</h1>
        </EmptyTitle>
        <EmptyDescription>This person was removed, or the address is not complete.</EmptyDescription>
      </EmptyHeader>
      <EmptyContent>
        <Button asChild variant="outline">
          <Link to="/people">All people</Link>
        </Button>
      </EmptyContent>
    </Empty>
  );
}
