import { Heart, Pause, Volume2, VolumeX } from "lucide-react";

import { Button } from "@/components/ui/button";
import { useGameState, useMuted, usePhase, type Session } from "@/game";
import { levelOf, LIVES, type State } from "@/rules";
import { texts } from "@/texts/game";

/** Above the field: how the game stands, and what can be switched while it goes on. */
export function ScoreBar({ session }: { session: Session<State> }) {
  const score = useGameState(session, (state) => state.score);
  const level = useGameState(session, levelOf);
  const lives = useGameState(session, (state) => state.lives);
  return (
    <div className="flex items-center gap-4 sm:gap-6">
      <Figure label={texts.score} value={score} />
      <Figure label={texts.level} value={level} />
      <div role="img" aria-label={texts.livesLeft(lives)} className="flex gap-1">
        {Array.from({ length: LIVES }, (_, at) => (
          <Heart
            key={at}
            aria-hidden
            className={at < lives ? "size-5 fill-destructive text-destructive" : "size-5 text-input"}
          />
        ))}
      </div>
      <div className="ml-auto flex gap-1">
        <MuteButton />
        <PauseButton session={session} />
      </div>
    </div>
  );
}

function Figure({ label, value }: { label: string; value: number }) {
  return (
    <p className="flex items-baseline gap-1.5 text-sm text-muted-foreground">
      {label} <span className="text-xl font-semibold text-foreground tabular-nums">{value}</span>
    </p>
  );
}

function MuteButton() {
  const [muted, toggle] = useMuted();
  const Icon = muted ? VolumeX : Volume2;
  return (
    <Button
      type="button"
      variant="ghost"
      size="icon"
      aria-label={muted ? texts.soundOn : texts.soundOff}
      onClick={toggle}
    >
      <Icon aria-hidden />
    </Button>
  );
}

function PauseButton({ session }: { session: Session<State> }) {
  const phase = usePhase(session);
  return (
    <Button
      type="button"
      variant="ghost"
      size="icon"
      aria-label={texts.pause}
      disabled={phase !== "playing"}
      onClick={session.pause}
    >
      <Pause aria-hidden />
    </Button>
  );
}
