import { UserPlus, Users } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { PageHeader } from "@/components/PageHeader";
import { ListProblem } from "@/components/people/ListProblem";
import { PeopleTable } from "@/components/people/PeopleTable";
import { PersonSheet } from "@/components/people/PersonSheet";
import { TableSkeleton } from "@/components/people/TableSkeleton";
import { useRemoval } from "@/components/people/useRemoval";
import { SampleNotice } from "@/components/SampleNotice";
import { Button } from "@/components/ui/button";
import { Empty, EmptyContent, EmptyDescription, EmptyHeader, EmptyMedia, EmptyTitle } from "@/components/ui/empty";
import { usePeople, type Person } from "@/data/people";
import { useStorageProblem } from "@/lib/collection";

export function People() {
  const { items, loading, refresh } = usePeople();
  const [editing, setEditing] = useState<Person | null>(null);
  const [params, setParams] = useSearchParams();
  const remove = useRemoval();
  const problem = useStorageProblem();
  const adding = params.has("add");

  function add() {
    setParams({ add: "" }, { replace: true });
  }

  function close() {
    setEditing(null);
    if (adding) setParams({}, { replace: true });
  }

  return (
    <div className="space-y-6">
      <PageHeader title="People" intro="Everybody who is part of this.">
        <Button type="button" onClick={add}>
          <UserPlus aria-hidden />
          Add person
        </Button>
      </PageHeader>
      <SampleNotice />
      {loading ? (
        <TableSkeleton />
      ) : items.length > 0 ? (
        <PeopleTable people={items} onEdit={setEditing} onRemove={remove} />
      ) : problem ? (
        <ListProblem problem={problem} onRetry={refresh} />
      ) : (
        <NoPeople onAdd={add} />
      )}
      <PersonSheet person={editing} open={adding || editing !== null} onClose={close} />
    </div>
  );
}

function NoPeople({ onAdd }: { onAdd: () => void }) {
  return (
    <Empty>
      <EmptyHeader>
        <EmptyMedia variant="icon">
          <Users aria-hidden />
        </EmptyMedia>
        <EmptyTitle>Nobody here yet</EmptyTitle>
        <EmptyDescription>Add the first person; the dashboard counts along.</EmptyDescription>
      </EmptyHeader>
      <EmptyContent>
        <Button type="button" variant="outline" onClick={onAdd}>
          Add the first person
        </Button>
      </EmptyContent>
    </Empty>
  );
}
