import type { Person } from "@/data/people";

export interface Month {
  month: string;
  joined: number;
  total: number;
}

/** How many had joined by the end of each of the last months, oldest first. */
export function growthOf(people: Person[], months = 12, now = new Date()): Month[] {
  return Array.from({ length: months }, (_, index) => {
    const start = new Date(now.getFullYear(), now.getMonth() - (months - 1 - index), 1);
    const key = `${start.getFullYear()}-${String(start.getMonth() + 1).padStart(2, "0")}`;
    return {
      month: start.toLocaleDateString(undefined, { month: "short" }),
      joined: people.filter(({ joined }) => joined.startsWith(key)).length,
      total: people.filter(({ joined }) => joined.slice(0, 7) <= key).length,
    };
  });
}
