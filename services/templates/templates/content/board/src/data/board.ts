/** What the board is made of: change these three lists, and everything follows. */

export interface Stage {
  id: string;
  title: string;
  /** As a class; the theme's colours of charts are apart from each other. */
  colour: string;
  /** No more cards than this should be in it at once. */
  limit?: number;
  /** Whether its cards are finished, so that none of them is late. */
  done?: boolean;
}

export const STAGES: readonly Stage[] = [
  { id: "ideas", title: "Ideas", colour: "bg-chart-5" },
  { id: "todo", title: "To do", colour: "bg-chart-4" },
  { id: "doing", title: "In progress", colour: "bg-chart-1", limit: 3 },
  { id: "done", title: "Done", colour: "bg-chart-2", done: true },
];

export interface Label {
  id: string;
  title: string;
  colour: string;
}

export const LABELS: readonly Label[] = [
  { id: "design", title: "Design", colour: "bg-chart-1" },
  { id: "content", title: "Content", colour: "bg-chart-4" },
  { id: "research", title: "Research", colour: "bg-chart-5" },
  { id: "urgent", title: "Urgent", colour: "bg-chart-3" },
];

export const PEOPLE: readonly string[] = ["Amara Okafor", "Jonas Lindqvist", "Mei Tanaka", "Rafael Costa"];

export const titleOfStage = (id: string): string => STAGES.find((stage) => stage.id === id)?.title ?? id;

export const isDone = (id: string): boolean => STAGES.find((stage) => stage.id === id)?.done ?? false;

export const isOver = ({ limit }: Stage, count: number): boolean => limit !== undefined && count > limit;
