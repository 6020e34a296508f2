import { z } from "zod";

import type { Card } from "@/data/cards";

export const cardSchema = z.object({
  title: z.string().trim().min(1, "Say what is to be done.").max(200, "A shorter title, please."),
  notes: z.string().trim().max(5_000, "No more than 5,000 letters, please."),
  stage: z.string(),
  labels: z.array(z.string()),
  due: z.union([z.literal(""), z.iso.date("Which day is it?")]),
  person: z.string(),
  checklist: z.array(z.object({ text: z.string().trim().min(1, "Say what, or remove the line."), done: z.boolean() })),
});

export type CardValues = z.infer<typeof cardSchema>;

/** What the form begins with: a card, or nothing yet in a column. */
export function valuesOf(open: { card: Card } | { stage: string }): CardValues {
  if ("stage" in open) return { title: "", notes: "", stage: open.stage, labels: [], due: "", person: "", checklist: [] };
  const { title, notes, stage, labels, due, person, checklist } = open.card;
  return { title, notes, stage, labels, due: due ?? "", person: person ?? "", checklist };
}
