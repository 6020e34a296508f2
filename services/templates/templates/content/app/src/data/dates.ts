const DAY_MS = 86_400_000;
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** A day of this time zone as text that sorts: 2030-04-05. */
export function dayOf(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function daysAgo(days: number, from = new Date()): string {
  return dayOf(new Date(from.getFullYear(), from.getMonth(), from.getDate() - days));
}

/** How many days ago a day was; fewer than 0: it is to come. */
export function ageOf(day: string, now = new Date()): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  return Math.round((today - Date.UTC(year, month - 1, date)) / DAY_MS);
}

/** "today", "3 days ago", "last month". */
export function ago(day: string): string {
  const days = ageOf(day);
  if (days < 14) return relative.format(-days, "day");
  if (days < 60) return relative.format(-Math.round(days / 7), "week");
  return relative.format(-Math.round(days / 30), "month");
}

export function longDate(day: string): string {
  return new Date(`${day}T00:00`).toLocaleDateString(undefined, { dateStyle: "medium" });
}
