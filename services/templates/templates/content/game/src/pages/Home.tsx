import { useRef, useState } from "react";

import { Announcer } from "@/components/Announcer";
import { BestList } from "@/components/BestList";
import { Help } from "@/components/Help";
import { Menus } from "@/components/Menus";
import { ScoreBar } from "@/components/ScoreBar";
import { draw } from "@/draw";
import {
  GameCanvas,
  sound,
  TouchControls,
  useBestScores,
  usePhase,
  useSession,
  useSteps,
  type Game,
} from "@/game";
import { begin, FIELD, isOver, preview, step, type State } from "@/rules";
import { texts } from "@/texts/game";
import { toneOf } from "@/tones";

const GAME: Game<State> = { ...FIELD, begin, preview, step, isOver, draw };

export function Home() {
  const session = useSession(GAME);
  const phase = usePhase(session);
  const { best, add } = useBestScores();
  const [record, setRecord] = useState(false);
  const stage = useRef<HTMLDivElement>(null);

  useSteps(session, (before, now) => {
    const tone = toneOf(before, now);
    if (tone) sound.play(tone);
    if (isOver(now)) setRecord(add(now.score));
  });

  return (
    <div className="flex gap-8 max-lg:flex-col lg:justify-center lg:gap-14">
      <div className="mx-auto w-full max-w-[min(34rem,calc((100dvh-12rem)*0.8))] min-w-64 space-y-3 lg:mx-0">
        <h1 className="sr-only">{texts.stage}</h1>
        <ScoreBar session={session} />
        <div
          ref={stage}
          tabIndex={-1}
          role="group"
          aria-label={texts.stage}
          className="relative aspect-4/5 overflow-hidden rounded-xl border shadow-md outline-none"
        >
          <GameCanvas session={session} label={texts.field} />
          <Menus session={session} record={record} onPlay={() => stage.current?.focus()} />
        </div>
        <TouchControls
          controls={session.controls}
          labels={{ left: texts.left, right: texts.right }}
          disabled={phase !== "playing"}
        />
        <Announcer session={session} />
      </div>
      <aside className="grid content-start gap-8 sm:max-lg:grid-cols-2 lg:w-64 lg:shrink-0 lg:pt-14">
        <Help />
        <BestList best={best} />
      </aside>
    </div>
  );
}
