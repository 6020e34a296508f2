import type { BestScores } from "@/game";
import { texts } from "@/texts/game";

const SHOWN = 5;
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

export function BestList({ best }: Pick<BestScores, "best">) {
  return (
    <section aria-labelledby="best" className="space-y-3">
      <h2 id="best" className="text-lg font-semibold tracking-tight">
        {texts.best}
      </h2>
      {best.length === 0 && <p className="text-sm text-muted-foreground">{texts.noScores}</p>}
      <ol className="divide-y text-sm">
        {best.slice(0, SHOWN).map(({ id, points, createdAt }, index) => (
          <li key={id} className="flex items-baseline gap-3 py-2">
            <span className="w-4 text-muted-foreground tabular-nums">{index + 1}</span>
            <span className="font-medium tabular-nums">{points}</span>
            <time dateTime={createdAt} className="ml-auto text-muted-foreground">
              {day.format(new Date(createdAt))}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}
