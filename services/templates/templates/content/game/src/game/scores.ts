import { useCollection, type Entry } from "@/lib/collection";

export interface Score {
  points: number;
}

const KEPT = 10;

export interface BestScores {
  /** The best first. */
  best: Entry<Score>[];
  /** Keeps a score if it is among the best; whether it is the very best so far. */
  add: (points: number) => boolean;
}

/**
 * The best scores, kept in this browser; where the app's database has a table `scores` with an integer `points`,
 * in it. `game` tells several games of one app apart.
 */
export function useBestScores(game = "scores"): BestScores {
  const { items, add } = useCollection<Score>(game);
  const best = items.toSorted((one, other) => other.points - one.points).slice(0, KEPT);

  function keep(points: number): boolean {
    const worst = best[KEPT - 1];
    if (points > 0 && (!worst || points > worst.points)) add({ points });
    return points > (best[0]?.points ?? 0);
  }

  return { best, add: keep };
}
