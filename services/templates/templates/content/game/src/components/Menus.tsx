import { Play, RotateCcw } from "lucide-react";

import { Button } from "@/components/ui/button";
import { sound, useGameState, usePhase, type Session } from "@/game";
import { levelOf, type State } from "@/rules";
import { texts } from "@/texts/game";

import { GameMenu } from "./GameMenu";

interface MenusProps {
  session: Session<State>;
  /** Whether the game that is over was the best so far. */
  record: boolean;
  onPlay: () => void;
}

/** What can be chosen before, between and after games. */
export function Menus({ session, record, onPlay }: MenusProps) {
  const phase = usePhase(session);

  function play(begin: () => void) {
    sound.wake();
    begin();
    onPlay();
  }

  const start = () => play(session.start);
  if (phase === "ready") return <ReadyMenu onStart={start} />;
  if (phase === "over") return <OverMenu session={session} record={record} onStart={start} />;
  if (phase !== "paused") return null;
  return (
    <GameMenu title={texts.paused} grabs>
      <p className="text-muted-foreground">{texts.pausedText}</p>
      <div className="grid gap-2">
        <Button type="button" size="lg" onClick={() => play(session.resume)}>
          <Play aria-hidden /> {texts.goOn}
        </Button>
        <Button type="button" variant="outline" onClick={start}>
          <RotateCcw aria-hidden /> {texts.restart}
        </Button>
        <Button type="button" variant="ghost" onClick={session.leave}>
          {texts.leave}
        </Button>
      </div>
    </GameMenu>
  );
}

function ReadyMenu({ onStart }: { onStart: () => void }) {
  return (
    <GameMenu title={texts.tagline}>
      <Button type="button" size="lg" className="w-full" onClick={onStart}>
        <Play aria-hidden /> {texts.play}
      </Button>
    </GameMenu>
  );
}

interface OverMenuProps {
  session: Session<State>;
  record: boolean;
  onStart: () => void;
}

function OverMenu({ session, record, onStart }: OverMenuProps) {
  const score = useGameState(session, (state) => state.score);
  const level = useGameState(session, levelOf);
  return (
    <GameMenu title={texts.over} grabs>
      <div className="space-y-1">
        <p className="text-4xl font-semibold tabular-nums">{score}</p>
        <p className="text-sm text-muted-foreground">{record ? texts.record : texts.result(score, level)}</p>
      </div>
      <div className="grid gap-2">
        <Button type="button" size="lg" onClick={onStart}>
          <RotateCcw aria-hidden /> {texts.again}
        </Button>
        <Button type="button" variant="ghost" onClick={session.leave}>
          {texts.leave}
        </Button>
      </div>
    </GameMenu>
  );
}
