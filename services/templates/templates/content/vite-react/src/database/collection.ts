import { useSyncExternalStore } from "react";

import { LocalList } from "./local";
import type { Store, View } from "./store";
import { Table } from "./table";

import { tables } from "@/lib/database.types";

export { StorageError } from "./local";
export { dismissStorageProblem, useStorageProblem } from "@/core/problem";

/** One saved value, with the id and the time (ISO 8601) it was added. */
export type Entry<T> = T & { id: string; createdAt: string };

export interface Collection<T extends object> {
  items: Entry<T>[];
  /** Whether the entries are still on their way from the database. */
  loading: boolean;
  add(value: T): Entry<T>;
  update(id: string, patch: Partial<T>): void;
  remove(id: string): void;
  /** Reads the entries again; that happens anyway when the page is looked at again, or is online again. */
  refresh(): void;
}

const NOTHING_YET: View = { rows: [], loading: true };
const nothingYet = () => NOTHING_YET;

/** Whether the app's database has the entries of this name; if not, this browser keeps them. */
export const isTable = (name: string): boolean => __HAS_TABLES__ && (tables as readonly string[]).includes(name);

const stores = new Map<string, Store>();

function storeOf(name: string): Store {
  let store = stores.get(name);
  if (!store) {
    store = __HAS_TABLES__ && isTable(name) ? new Table(name) : new LocalList(name);
    stores.set(name, store);
  }
  return store;
}

/**
 * The entries of the table `name`, as far as the visitor may see them, with `dueDate` for its column `due_date`; if the
 * app has no such table, a list kept in this browser. The same in every component and tab.
 */
export function useCollection<T extends object>(name: string): Collection<T> {
  const { view, add, update, remove, refresh } = storeOf(name);
  const { rows, loading } = useSyncExternalStore(view.subscribe, view.get, nothingYet);
  return { items: rows as Entry<T>[], loading, add: add as (value: T) => Entry<T>, update, remove, refresh };
}
