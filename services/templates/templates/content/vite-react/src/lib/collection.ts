import { useSyncExternalStore } from "react";

import { APP_ID } from "./env";

/** One saved value, with the id and the time (ISO 8601) it was added. */
export type Entry<T> = T & { id: string; createdAt: string };

export interface Collection<T extends object> {
  items: Entry<T>[];
  add(value: T): Entry<T>;
  update(id: string, patch: Partial<T>): void;
  remove(id: string): void;
}

/** The browser would not keep a change; nothing of the change was applied. */
export class StorageError extends Error {
  override name = "StorageError";
}

type Row = Record<string, unknown> & { id: string; createdAt: string };
type Listener = () => void;

const NO_ROWS: Row[] = [];

/** Something to subscribe to: a set of listeners and a value that is replaced, never changed. */
class Signal<V> {
  private readonly listeners = new Set<Listener>();

  constructor(private value: V) {}

  readonly get = (): V => this.value;

  readonly set = (value: V): void => {
    if (value === this.value) return;
    this.value = value;
    this.listeners.forEach((listener) => listener());
  };

  readonly subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

const problem = new Signal<string | null>(null);

/** What to tell people when something could not be saved or read, else null. */
export function useStorageProblem(): string | null {
  return useSyncExternalStore(problem.subscribe, problem.get);
}

export function dismissStorageProblem(): void {
  problem.set(null);
}

/** Later, because a list may be read for the first time while a component renders. */
function report(message: string): void {
  queueMicrotask(() => problem.set(message));
}

function isRow(value: unknown): value is Row {
  const row = value as Partial<Row> | null;
  return typeof row === "object" && typeof row?.id === "string" && typeof row.createdAt === "string";
}

/** The rows of a saved text, or null when it is not a list of entries. */
function parse(text: string): Row[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isRow) ? value : null;
  } catch {
    return null;
  }
}

function newId(): string {
  // randomUUID exists only on secure origins; getRandomValues exists everywhere.
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The rows under one localStorage key. Every tab reads before it writes, so none undoes another's change. */
class Store {
  readonly rows = new Signal<Row[]>(NO_ROWS);
  private text: string | null = null;

  constructor(
    private readonly name: string,
    private readonly key: string,
  ) {
    this.refresh();
  }

  readonly refresh = (): void => {
    let text: string | null;
    try {
      text = localStorage.getItem(this.key);
    } catch {
      report("This browser does not let the app keep anything. Allow site data for this page and reload it.");
      return;
    }
    if (text === this.text) return;
    this.text = text;
    const rows = text === null ? NO_ROWS : parse(text);
    if (rows === null && text !== null) this.setAside(text);
    this.rows.set(rows ?? NO_ROWS);
  };

  readonly add = (value: object): Row => {
    const row: Row = { ...value, id: newId(), createdAt: new Date().toISOString() };
    this.change((rows) => [...rows, row]);
    return row;
  };

  readonly update = (id: string, patch: object): void => {
    this.change((rows) =>
      rows.map((row) => (row.id === id ? { ...row, ...patch, id, createdAt: row.createdAt } : row)),
    );
  };

  readonly remove = (id: string): void => {
    this.change((rows) => rows.filter((row) => row.id !== id));
  };

  private change(apply: (rows: Row[]) => Row[]): void {
    this.refresh();
    const rows = apply(this.rows.get());
    const text = JSON.stringify(rows);
    try {
      localStorage.setItem(this.key, text);
    } catch (cause) {
      const full = cause instanceof DOMException && cause.name === "QuotaExceededError";
      const message = full
        ? `"${this.name}" was not saved: the space this browser gives the app is full. Remove some entries and try again.`
        : `"${this.name}" was not saved: this browser does not let the app keep anything. Allow site data for this page and try again.`;
      report(message);
      throw new StorageError(message, { cause });
    }
    this.text = text;
    this.rows.set(rows);
  }

  /** Keeps unreadable text under a second key, because the next write replaces it. */
  private setAside(text: string): void {
    const copy = `${this.key}:unreadable`;
    console.error(`The saved list "${this.name}" cannot be read. Its text is kept in localStorage under "${copy}".`);
    report(`The saved list "${this.name}" could not be read, so it starts empty. A copy of the old data is kept.`);
    try {
      localStorage.setItem(copy, text);
    } catch (cause) {
      console.error(`The copy under "${copy}" could not be written.`, cause);
    }
  }
}

const stores = new Map<string, Store>();

function storeOf(name: string): Store {
  const key = `${APP_ID}:${name}`;
  let store = stores.get(key);
  if (!store) {
    store = new Store(name, key);
    stores.set(key, store);
  }
  return store;
}

// Fires for changes made in other tabs; a null key means that everything was cleared.
window.addEventListener("storage", (event) => {
  if (event.key === null) stores.forEach((store) => store.refresh());
  else stores.get(event.key)?.refresh();
});

/** A list kept in this browser under `name`, the same in every component and tab. */
export function useCollection<T extends object>(name: string): Collection<T> {
  const store = storeOf(name);
  const items = useSyncExternalStore(store.rows.subscribe, store.rows.get) as Entry<T>[];
  return { items, add: store.add as (value: T) => Entry<T>, update: store.update, remove: store.remove };
}
