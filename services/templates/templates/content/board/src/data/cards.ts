import { useEffect } from "react";

import { sampleCards } from "@/data/samples";
import { useCollection, useSamples, type Collection, type Entry } from "@/lib/collection";

export interface CheckItem {
  text: string;
  done: boolean;
}

export interface CardData {
  title: string;
  notes: string;
  /** The id of its column. */
  stage: string;
  /** Where it stands there; see src/board/moves.ts. */
  rank: string;
  /** Ids of labels. */
  labels: string[];
  /** A day, such as 2030-04-05. */
  due: string | null;
  person: string | null;
  checklist: CheckItem[];
}

export type Card = Entry<CardData>;

/** The cards: of the table "cards" if the database has one, else of this browser, with examples at first. */
export function useCards(): Collection<CardData> & { samples: ReturnType<typeof useSamples> } {
  const samples = useSamples("cards", sampleCards);
  return { ...useCollection<CardData>("cards"), samples };
}

const EVERY_MS = 10_000;

/** Shows what others change, for as long as the page is looked at. */
export function useLive(refresh: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && refresh(), EVERY_MS);
    return () => clearInterval(timer);
  }, [refresh]);
}

/** What is entered of a card, without what the collection adds: to put one back that was removed. */
export function dataOf({ id: _id, createdAt: _createdAt, ...data }: Card): CardData {
  return data;
}
