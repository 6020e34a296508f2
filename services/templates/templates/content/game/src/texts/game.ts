/** The words of the game. Put them into the language of the app here; keep the names. */
export const texts = {
  tagline: "Catch the sparks, dodge the shards.",
  field: "The playing field: a bowl at the bottom, with sparks and shards falling towards it.",
  stage: "Game",
  score: "Score",
  level: "Level",
  lives: "Lives",
  livesLeft: (lives: number) => `${lives} ${lives === 1 ? "life" : "lives"} left`,

  play: "Play",
  again: "Play again",
  goOn: "Go on",
  pause: "Pause",
  restart: "Start anew",
  leave: "To the beginning",
  soundOn: "Turn the sound on",
  soundOff: "Turn the sound off",
  left: "Move left",
  right: "Move right",

  paused: "Paused",
  pausedText: "The game waits for you.",
  over: "Game over",
  record: "That is your best score so far.",
  result: (score: number, level: number) => `${score} points, level ${level}.`,

  howTo: "How to play",
  how: [
    { kind: "spark", text: "Catch sparks. Five in a row are worth more." },
    { kind: "shard", text: "Let shards fall past. Each costs a life." },
    { kind: "heart", text: "A heart gives a life back." },
  ],
  keys: [
    { keys: ["←", "→"], text: "or drag to move" },
    { keys: ["P"], text: "to pause and go on" },
  ],
  best: "Best scores",
  noScores: "Your best scores will be here.",

  /** What is read out while the game goes on. */
  atLevel: (level: number, score: number) => `Level ${level}. ${score} points.`,
  hurt: (lives: number) => `Hit. ${texts.livesLeft(lives)}.`,
  healed: (lives: number) => `A heart. ${texts.livesLeft(lives)}.`,
};
