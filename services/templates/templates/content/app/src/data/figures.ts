import { ageOf } from "@/data/dates";
import type { Person } from "@/data/people";

export interface Figure {
  label: string;
  value: string;
  /** How it moved, as a share of what it was before; null: there is nothing to compare. */
  change: number | null;
  /** What the change is measured against. */
  against: string;
}

const within = (day: string, from: number, to: number) => day !== "" && ageOf(day) >= from && ageOf(day) < to;
const changeOf = (now: number, before: number) => (before === 0 ? null : (now - before) / before);

/** The numbers above the dashboard, of the last 30 days against the 30 before. */
export function figuresOf(people: Person[]): Figure[] {
  const count = (matches: (person: Person) => boolean) => people.filter(matches).length;
  const joined = count(({ joined }) => within(joined, 0, 30));
  const joinedBefore = count(({ joined }) => within(joined, 30, 60));
  const seen = count(({ lastSeen }) => within(lastSeen, 0, 7));
  const active = count(({ status }) => status === "active");
  const share = people.length === 0 ? "0 %" : `${Math.round((active / people.length) * 100)} %`;
  return [
    { label: "People", value: String(people.length), change: changeOf(people.length, people.length - joined), against: "in 30 days" },
    { label: "Joined", value: String(joined), change: changeOf(joined, joinedBefore), against: "on last month" },
    { label: "Active", value: share, change: null, against: `${active} of ${people.length} people` },
    { label: "Seen this week", value: String(seen), change: null, against: `${people.length - seen} were away` },
  ];
}

export interface Activity {
  person: Person;
  day: string;
  text: string;
}

/** What was last of the people with the latest news, newest first. */
export function activityOf(people: Person[], shown = 6): Activity[] {
  const latest = people.map((person): Activity => {
    const { joined, lastSeen, status } = person;
    if (lastSeen && ageOf(joined) > 30) return { person, day: lastSeen, text: "was here" };
    return { person, day: joined, text: status === "invited" ? "was invited" : "joined" };
  });
  return latest.toSorted((one, other) => other.day.localeCompare(one.day)).slice(0, shown);
}
