import { closestCenter, closestCorners, pointerWithin, type CollisionDetection } from "@dnd-kit/core";

const COLUMN = "column:";

/** The id under which a column takes cards; cards have their own. */
export const columnId = (stage: string): string => COLUMN + stage;

export const stageOfColumn = (id: string): string | null => (id.startsWith(COLUMN) ? id.slice(COLUMN.length) : null);

/** The card under the pointer; else the nearest one of the column there, or that column if it is empty. */
export const underPointer: CollisionDetection = (collision) => {
  const hits = pointerWithin(collision);
  const cards = hits.filter(({ id }) => stageOfColumn(String(id)) === null);
  if (cards.length > 0) return cards;
  const [column] = hits;
  if (!column) return closestCorners(collision);
  const stage = stageOfColumn(String(column.id));
  const within = collision.droppableContainers.filter(({ data }) => data.current?.stage === stage);
  return within.length > 0 ? closestCenter({ ...collision, droppableContainers: within }) : [column];
};
