import { useLayoutEffect, useState } from "react";

import { APP_ID } from "@/core/env";

import { isTable, StorageError, useCollection } from "./collection";

export interface Samples {
  /** Whether any of them is still in the list. */
  shown: boolean;
  /** Removes those that are. */
  clear: () => void;
}

const keyOf = (name: string) => `${APP_ID}:${name}:samples`;

/** The ids of the examples this browser was given; null: none yet. One that keeps nothing gets none. */
function given(name: string): string[] | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(name)) ?? "null");
    return kept === null || Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function remember(name: string, ids: string[]): string[] {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(ids));
  } catch {
    console.warn(`This browser does not keep which entries of "${name}" are examples.`);
  }
  return ids;
}

/**
 * Examples for a list that the browser keeps: an empty one gets them on the first visit, so that there is something to
 * see. A table of the database is never filled.
 */
export function useSamples<T extends object>(name: string, samples: () => T[]): Samples {
  const { items, add, remove } = useCollection<T>(name);
  const [ids, setIds] = useState(() => given(name));

  useLayoutEffect(() => {
    if (ids !== null || isTable(name)) return;
    const already = given(name); // another component may have been first
    setIds(already ?? remember(name, items.length > 0 ? [] : added(samples(), add)));
  }, [ids, name, items, samples, add]);

  const left = items.filter(({ id }) => ids?.includes(id));
  return { shown: left.length > 0, clear: () => left.forEach(({ id }) => remove(id)) };
}

/** The ids of those that were added: a full browser takes fewer, and people were told. */
function added<T>(samples: T[], add: (sample: T) => { id: string }): string[] {
  const ids: string[] = [];
  try {
    for (const sample of samples) ids.push(add(sample).id);
  } catch (problem) {
    if (!(problem instanceof StorageError)) throw problem;
  }
  return ids;
}
