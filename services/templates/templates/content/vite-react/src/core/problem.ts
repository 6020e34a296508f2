import { useSyncExternalStore } from "react";

import { Signal } from "./signal";

const problem = new Signal<string | null>(null);

/** What to tell people when something could not be saved or read, else null. */
export function useStorageProblem(): string | null {
  return useSyncExternalStore(problem.subscribe, problem.get, () => null);
}

export function dismissStorageProblem(): void {
  problem.set(null);
}

/** Later, because a list may be read for the first time while a component renders. */
export function report(message: string): void {
  queueMicrotask(() => problem.set(message));
}
