/** What a board says to those who move cards without seeing them. Put it into the language of the app here. */
export const texts = {
  move: (name: string) => `Move ${name}`,
  help: "Press Space to pick the card up, the arrow keys to move it, Space to put it down, Escape to leave it where it was.",
  lifted: (name: string, place: string) => `${name} is picked up. ${place}`,
  place: (column: string, index: number, count: number) => `${column}, place ${index} of ${count}.`,
  dropped: (name: string, place: string) => `${name} is put down. ${place}`,
  left: (name: string) => `${name} stays where it was.`,
  empty: "Nothing here. Drop a card, or add one.",
};
