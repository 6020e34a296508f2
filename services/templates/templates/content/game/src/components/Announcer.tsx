import { useState } from "react";

import { useSteps, type Session } from "@/game";
import { levelOf, type State } from "@/rules";
import { texts } from "@/texts/game";

/** Says aloud what is worth interrupting for: not each point, but levels, lives and the end. */
export function Announcer({ session }: { session: Session<State> }) {
  const [said, say] = useState("");
  useSteps(session, (before, now) => {
    const level = levelOf(now);
    if (now.lives <= 0) say(`${texts.over}. ${texts.result(now.score, level)}`);
    else if (now.lives < before.lives) say(texts.hurt(now.lives));
    else if (now.lives > before.lives) say(texts.healed(now.lives));
    else if (level > levelOf(before)) say(texts.atLevel(level, now.score));
  });
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  );
}
