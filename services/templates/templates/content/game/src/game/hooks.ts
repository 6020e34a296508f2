import { useEffect, useEffectEvent, useState, useSyncExternalStore } from "react";

import { actionOf, type Action } from "./controls";
import { Session, type Game, type Phase } from "./session";
import { sound } from "./sound";

/** One game to be played, which pauses when people look away. Escape and P pause it and go on. */
export function useSession<State>(game: Game<State>): Session<State> {
  const [session] = useState(() => new Session(game));
  useEffect(() => {
    const hidden = () => document.hidden && session.pause();
    const key = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest("[role=dialog], input, textarea")) return;
      if (event.code !== "Escape" && event.code !== "KeyP") return;
      if (session.phase.get() === "paused") session.resume();
      else session.pause();
    };
    const stop = session.controls.listen();
    document.addEventListener("visibilitychange", hidden);
    window.addEventListener("blur", session.pause);
    window.addEventListener("keydown", key);
    return () => {
      stop();
      session.pause();
      document.removeEventListener("visibilitychange", hidden);
      window.removeEventListener("blur", session.pause);
      window.removeEventListener("keydown", key);
    };
  }, [session]);
  return session;
}

export function usePhase<State>(session: Session<State>): Phase {
  return useSyncExternalStore(session.phase.subscribe, session.phase.get);
}

/** A part of the state, such as the score: what shows it is rendered when that part changes, not by each step. */
export function useGameState<State, Part>(session: Session<State>, part: (state: State) => Part): Part {
  return useSyncExternalStore(session.state.subscribe, () => part(session.state.get()));
}

/** Calls for every step with the state before it and after it. */
export function useSteps<State>(
  session: Session<State>,
  listener: (before: State, now: State) => void,
): void {
  const heard = useEffectEvent(listener);
  useEffect(() => session.onStep((before, now) => heard(before, now)), [session]);
}

/** Whether the sound is off, and how to change that. */
export function useMuted(): [boolean, () => void] {
  return [useSyncExternalStore(sound.muted.subscribe, sound.muted.get), sound.toggle];
}

/** For games without a loop, where each key is a move: calls with the action of every key that is pressed. */
export function useActions(listener: (action: Action) => void): void {
  const heard = useEffectEvent(listener);
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      const action = actionOf(event);
      if (!action) return;
      event.preventDefault();
      heard(action);
    };
    window.addEventListener("keydown", down);
    return () => window.removeEventListener("keydown", down);
  }, []);
}
