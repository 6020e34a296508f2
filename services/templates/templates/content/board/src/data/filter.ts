import type { CardData } from "@/data/cards";

export interface Filter {
  text: string;
  /** Ids; a card has at least one of them. */
  labels: string[];
  person: string;
}

export const NO_FILTER: Filter = { text: "", labels: [], person: "" };

export const narrows = ({ text, labels, person }: Filter): boolean =>
  text.trim() !== "" || labels.length > 0 || person !== "";

export function matches(card: CardData, { text, labels, person }: Filter): boolean {
  const within = `${card.title} ${card.notes}`.toLowerCase();
  return (
    text.toLowerCase().trim().split(/\s+/).every((word) => within.includes(word)) &&
    (labels.length === 0 || labels.some((label) => card.labels.includes(label))) &&
    (person === "" || card.person === person)
  );
}
