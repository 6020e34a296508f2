import { APP_ID } from "@/core/env";
import { IN_BROWSER } from "@/core/hydrated";

import { report } from "@/core/problem";
import { Signal } from "@/core/signal";
import { newRow, patched, type Row, type Store, type View } from "./store";

/** The browser would not keep a change; nothing of the change was applied. */
export class StorageError extends Error {
  override name = "StorageError";
}

const NO_ROWS: Row[] = [];

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

/** The rows under one localStorage key. Every tab reads before it writes, so none undoes another's change. */
export class LocalList implements Store {
  readonly view = new Signal<View>({ rows: NO_ROWS, loading: false });
  private readonly key: string;
  private text: string | null = null;

  constructor(private readonly name: string) {
    this.key = `${APP_ID}:${name}`;
    if (!IN_BROWSER) return;
    this.refresh();
    // Fires for changes made in other tabs; a null key means that everything was cleared.
    window.addEventListener("storage", ({ key }) => {
      if (key === null || key === this.key) this.refresh();
    });
  }

  readonly add = (value: object): Row => {
    const row = newRow(value);
    this.change((rows) => [...rows, row]);
    return row;
  };

  readonly update = (id: string, patch: object): void => {
    this.change((rows) => rows.map((row) => (row.id === id ? patched(row, patch) : row)));
  };

  readonly remove = (id: string): void => {
    this.change((rows) => rows.filter((row) => row.id !== id));
  };

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
    this.show(rows ?? NO_ROWS);
  };

  private change(apply: (rows: Row[]) => Row[]): void {
    this.refresh();
    const rows = apply(this.view.get().rows);
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
    this.show(rows);
  }

  private show(rows: Row[]): void {
    this.view.set({ rows, loading: false });
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
