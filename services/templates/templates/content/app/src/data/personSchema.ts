import { z } from "zod";

import { dayOf } from "@/data/dates";
import { STATUSES, TEAMS, type Person } from "@/data/people";

/** What is entered of a person; `taken` are the addresses of others, in small letters. */
export const personSchema = (taken: string[]) =>
  z.object({
    name: z.string().trim().min(1, "What is their name?").max(120, "A shorter name, please."),
    email: z
      .email("That is no e-mail address.")
      .refine((email) => !taken.includes(email.toLowerCase()), "Somebody has this address already."),
    role: z.string().trim().max(120, "A shorter role, please."),
    team: z.string(),
    status: z.enum(STATUSES),
    joined: z.iso.date("Which day was it?"),
    lastSeen: z.string(),
    notes: z.string().trim().max(2_000, "No more than 2,000 letters, please."),
  });

export type PersonValues = z.infer<ReturnType<typeof personSchema>>;

export function valuesOf(person: Person | null): PersonValues {
  return {
    name: person?.name ?? "",
    email: person?.email ?? "",
    role: person?.role ?? "",
    team: person?.team ?? TEAMS[0],
    status: person?.status ?? "invited",
    joined: person?.joined ?? dayOf(new Date()),
    lastSeen: person?.lastSeen ?? "",
    notes: person?.notes ?? "",
  };
}
