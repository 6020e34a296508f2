import { ThemeToggle } from "@/core/ThemeToggle";
import { Toaster } from "@/components/ui/sonner";

import { actions } from "./shows/actions";
import { data } from "./shows/data";
import { display } from "./shows/display";
import { entry } from "./shows/entry";
import { navigation } from "./shows/navigation";
import { overlays } from "./shows/overlays";

/** By the name of the component's file. */
export type Shows = Record<string, () => React.ReactNode>;

const groups: Record<string, Shows> = { actions, entry, display, data, navigation, overlays };

/** Every component of the kit on one page. */
export function App() {
  return (
    <div className="mx-auto max-w-6xl px-4 py-8">
      <header className="mb-8 flex items-center justify-between gap-4">
        <h1 className="text-2xl font-semibold">The kit</h1>
        <ThemeToggle />
      </header>
      <main className="space-y-10">
        {Object.entries(groups).map(([group, shows]) => (
          <section key={group} aria-labelledby={group} className="space-y-4">
            <h2 id={group} className="text-lg font-semibold capitalize">
              {group}
            </h2>
            <div className="grid gap-6 lg:grid-cols-2">
              {Object.entries(shows).map(([name, Show]) => (
                <div key={name} data-component={name} className="min-w-0 space-y-3 rounded-xl border p-5">
                  <h3 className="font-mono text-xs text-muted-foreground">{name}</h3>
                  <Show />
                </div>
              ))}
            </div>
          </section>
        ))}
      </main>
      <Toaster />
    </div>
  );
}
