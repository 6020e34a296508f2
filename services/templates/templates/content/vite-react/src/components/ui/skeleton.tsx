import { part } from "./part";

export const Skeleton = part("div", "skeleton", "animate-pulse rounded-md bg-muted");
