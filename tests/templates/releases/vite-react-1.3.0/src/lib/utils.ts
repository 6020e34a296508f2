type ClassValue = string | false | null | undefined;

/** Joins class names and leaves out the empty ones: cn("a", open && "b"). */
export function cn(...values: ClassValue[]): string {
  return values.filter(Boolean).join(" ");
}
