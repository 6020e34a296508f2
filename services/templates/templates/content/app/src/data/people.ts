import { samplePeople } from "@/data/samples";
import { useCollection, useSamples, type Collection, type Entry } from "@/lib/collection";

export const STATUSES = ["active", "invited", "paused"] as const;
export type Status = (typeof STATUSES)[number];

export const TEAMS = ["Design", "Engineering", "Operations", "Sales", "Support"] as const;

export interface PersonData {
  name: string;
  email: string;
  role: string;
  team: string;
  status: Status;
  /** A day, such as 2030-04-05. */
  joined: string;
  /** A day; empty: never. */
  lastSeen: string;
  notes: string;
}

export type Person = Entry<PersonData>;

/** The people: of the table "people" if the database has one, else of this browser, with examples at first. */
export function usePeople(): Collection<PersonData> & { samples: ReturnType<typeof useSamples> } {
  const samples = useSamples("people", samplePeople);
  return { ...useCollection<PersonData>("people"), samples };
}

/** What is entered of a person, without what the collection adds: to put one back that was removed. */
export function dataOf({ id: _id, createdAt: _createdAt, ...data }: Person): PersonData {
  return data;
}

export const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
