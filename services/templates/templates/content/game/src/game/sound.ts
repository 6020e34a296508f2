import { APP_ID } from "@/core/env";
import { Signal } from "@/core/signal";

/** A sound that is made, not loaded. */
export interface Tone {
  /** Hertz, one after the other. */
  notes: readonly number[];
  /** Of one note, in seconds. */
  length: number;
  wave?: OscillatorType;
  /** From 0 to 1. */
  volume?: number;
}

const KEY = `${APP_ID}:muted`;

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}

/** Plays tones, unless it is muted; whether it is, this browser remembers. */
class Sound {
  readonly muted = new Signal(remembered());
  private audio: AudioContext | null = null;

  readonly toggle = (): void => {
    const muted = !this.muted.get();
    this.muted.set(muted);
    try {
      localStorage.setItem(KEY, muted ? "yes" : "no");
    } catch (cause) {
      console.warn("Whether the sound is on is not remembered here.", cause);
    }
  };

  /** To be called by what a person does: browsers let no page begin by itself. */
  readonly wake = (): void => {
    if (this.muted.get() || typeof AudioContext === "undefined") return;
    this.audio ??= new AudioContext();
    if (this.audio.state === "suspended") void this.audio.resume().catch(reportError);
  };

  readonly play = ({ notes, length, wave = "sine", volume = 0.2 }: Tone): void => {
    const { audio } = this;
    if (this.muted.get() || audio?.state !== "running") return;
    notes.forEach((note, index) => {
      const begin = audio.currentTime + index * length;
      const oscillator = new OscillatorNode(audio, { type: wave, frequency: note });
      const gain = new GainNode(audio, { gain: 0 });
      gain.gain.setValueAtTime(0.0001, begin);
      gain.gain.exponentialRampToValueAtTime(Math.max(volume, 0.001), begin + 0.01);
      gain.gain.exponentialRampToValueAtTime(0.0001, begin + length);
      oscillator.connect(gain).connect(audio.destination);
      oscillator.start(begin);
      oscillator.stop(begin + length);
    });
  };
}

export const sound = new Sound();
