import { type ClassValue, clsx } from "clsx";
import { twMerge } from "tailwind-merge";

/** Joins class names, without empty ones; of Tailwind classes that contradict each other the last stays. */
export function cn(...values: ClassValue[]): string {
  return twMerge(clsx(values));
}
