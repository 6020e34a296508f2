import { toast } from "sonner";

import { dataOf, usePeople, type Person } from "@/data/people";

/** Removes people at once, and offers to put them back. */
export function useRemoval(): (people: Person[]) => void {
  const { add, remove } = usePeople();
  return (people) => {
    people.forEach(({ id }) => remove(id));
    const [first] = people;
    toast(people.length === 1 && first ? `${first.name} was removed` : `${people.length} people were removed`, {
      action: { label: "Undo", onClick: () => people.forEach((person) => add(dataOf(person))) },
      duration: 10_000,
    });
  };
}
