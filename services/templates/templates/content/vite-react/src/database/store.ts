import type { Signal } from "@/core/signal";

export type Row = Record<string, unknown> & { id: string; createdAt: string };

export interface View {
  rows: Row[];
  /** Whether the rows are still on their way, for the first time or for another visitor. */
  loading: boolean;
}

/** Where the entries of a collection live. */
export interface Store {
  readonly view: Signal<View>;
  readonly add: (value: object) => Row;
  readonly update: (id: string, patch: object) => void;
  readonly remove: (id: string) => void;
  /** Reads the entries again, as they may have been changed elsewhere. */
  readonly refresh: () => void;
}

export function newRow(value: object): Row {
  return { ...value, id: newId(), createdAt: new Date().toISOString() };
}

/** The row with the patch; who it is and since when stays. */
export function patched(row: Row, patch: object): Row {
  return { ...row, ...patch, id: row.id, createdAt: row.createdAt };
}

function newId(): string {
  // randomUUID exists only on secure origins; getRandomValues exists everywhere.
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40; // version 4
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
