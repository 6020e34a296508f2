const DAY_MS = 86_400_000;

/** A day of this time zone as text that sorts: 2030-04-05. */
export function inDays(days: number, from = new Date()): string {
  const day = new Date(from.getFullYear(), from.getMonth(), from.getDate() + days);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** How many days a day is away; below 0: it is over. */
export function daysUntil(day: string, now = new Date()): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  return Math.round((Date.UTC(year, month - 1, date) - today) / DAY_MS);
}

export function shortDate(day: string): string {
  return new Date(`${day}T00:00`).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}
