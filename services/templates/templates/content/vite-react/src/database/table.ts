import type { SupabaseClient } from "@supabase/supabase-js";

import { APP_ID } from "@/core/env";
import { IN_BROWSER } from "@/core/hydrated";
import { supabase } from "./client";

import { NO_DATABASE, NO_ENTRY, reasonOf, type DatabaseError } from "./errors";
import { report } from "@/core/problem";
import { Signal } from "@/core/signal";
import { newRow, patched, type Row, type Store, type View } from "./store";

/** The newest entries of a table are shown, up to this many. */
const SHOWN = 1_000;
const PATIENCE_MS = 20_000;

type Change =
  | { kind: "add"; row: Row }
  | { kind: "update"; id: string; patch: object }
  | { kind: "remove"; id: string };
type Answer = { data: unknown[] | null; error: DatabaseError | null };

const client = supabase as unknown as SupabaseClient; // names of tables are data here
const tabs = new BroadcastChannel(`${APP_ID}:tables`);

/** `createdAt` in the app is the column `created_at`, `dueDate` is `due_date`. */
function toColumns(value: object): Record<string, unknown> {
  const named = ([name, content]: [string, unknown]) => [name.replace(/[A-Z]/g, (sign) => `_${sign.toLowerCase()}`), content];
  const { id: _id, created_at: _created, ...columns } = Object.fromEntries(Object.entries(value).map(named));
  return columns;
}

function toRow(value: unknown): Row {
  const named = ([name, content]: [string, unknown]) => [name.replace(/_([a-z])/g, (_, sign) => sign.toUpperCase()), content];
  return Object.fromEntries(Object.entries(value as object).map(named));
}

const idOf = (change: Change) => (change.kind === "add" ? change.row.id : change.id);

function applied(rows: Row[], change: Change): Row[] {
  if (change.kind === "remove") return rows.filter((row) => row.id !== change.id);
  if (change.kind === "update") return rows.map((row) => (row.id === change.id ? patched(row, change.patch) : row));
  return rows.some((row) => row.id === change.row.id) ? rows : [...rows, change.row];
}

/**
 * The rows of a table that the visitor may see. Changes show at once; one that the database does not take is undone,
 * and people are told. Calls go out one after the other, so that no answer overtakes a later one.
 */
export class Table implements Store {
  readonly view = new Signal<View>({ rows: [], loading: true });
  private rows: Row[] = []; // as the database has them
  private pending: Change[] = []; // shown, and on their way
  private visitor: string | null | undefined; // undefined until it is known
  private calls: Promise<void> = Promise.resolve();
  private asked = false; // whether the rows will be read again anyway

  constructor(private readonly name: string) {
    if (!IN_BROWSER) return;
    client.auth.onAuthStateChange((_event, session) => this.welcome(session?.user.id ?? null));
    tabs.addEventListener("message", ({ data }) => data === name && this.refresh());
    window.addEventListener("online", this.refresh);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.refresh());
  }

  readonly add = (value: object): Row => {
    const row = newRow(value);
    this.change({ kind: "add", row });
    return row;
  };

  readonly update = (id: string, patch: object): void => this.change({ kind: "update", id, patch });

  readonly remove = (id: string): void => this.change({ kind: "remove", id });

  /** Another visitor sees other rows; what the one before had under way is not theirs. */
  private welcome(visitor: string | null): void {
    if (visitor === this.visitor) return;
    this.visitor = visitor;
    this.rows = [];
    this.pending = [];
    this.show(true);
    this.refresh();
  }

  readonly refresh = (): void => {
    if (this.asked || this.visitor === undefined) return;
    this.asked = true;
    this.queue(async () => {
      this.asked = false;
      const { visitor } = this;
      const newest = client.from(this.name).select().order("created_at", { ascending: false }).limit(SHOWN);
      const { data, error }: Answer = await newest.abortSignal(AbortSignal.timeout(PATIENCE_MS));
      if (visitor !== this.visitor) return;
      if (data) this.rows = data.map(toRow).reverse();
      else if (error && error.code !== NO_DATABASE.code) report(`"${this.name}" could not be read: ${reasonOf(error)}.`);
      this.show();
    });
  };

  private change(change: Change): void {
    this.pending = [...this.pending, change];
    this.show();
    this.queue(() => this.send(change));
  }

  private async send(change: Change): Promise<void> {
    if (!this.pending.includes(change)) return;
    const { data, error }: Answer = await this.call(change).select().abortSignal(AbortSignal.timeout(PATIENCE_MS));
    if (!this.pending.includes(change)) return;
    const problem = error ?? (data?.length ? null : NO_ENTRY);
    if (problem) {
      // What was to happen to an entry that is not there cannot happen either.
      this.pending = this.pending.filter((one) => one !== change && (change.kind !== "add" || idOf(one) !== change.row.id));
      report(`"${this.name}" was not saved: ${reasonOf(problem)}.`);
      if (problem === NO_ENTRY) this.refresh();
    } else {
      this.pending = this.pending.filter((one) => one !== change);
      this.rows = this.confirmed(change, data?.map(toRow) ?? []);
      tabs.postMessage(this.name);
    }
    this.show();
  }

  private call(change: Change) {
    const table = client.from(this.name);
    if (change.kind === "add") return table.insert({ ...toColumns(change.row), id: change.row.id });
    if (change.kind === "update") return table.update(toColumns(change.patch)).eq("id", change.id);
    return table.delete().eq("id", change.id);
  }

  private confirmed(change: Change, [row]: Row[]): Row[] {
    if (change.kind === "remove" || !row) return applied(this.rows, change);
    if (change.kind === "add") return [...this.rows.filter(({ id }) => id !== row.id), row];
    return this.rows.map((known) => (known.id === row.id ? row : known));
  }

  private show(loading = false): void {
    this.view.set({ rows: this.pending.reduce(applied, this.rows), loading });
  }

  private queue(call: () => Promise<void>): void {
    this.calls = this.calls.then(call).catch(reportError);
  }
}
