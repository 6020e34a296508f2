import { cn } from "@/lib/utils";

/** Who does it, by initials; the name is there for those who point at it or listen. */
export function PersonMark({ name, className }: { name: string; className?: string }) {
  const initials = name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("");
  return (
    <span
      title={name}
      className={cn(
        "flex size-7 shrink-0 items-center justify-center rounded-full bg-secondary text-[0.6875rem] font-medium",
        "text-secondary-foreground uppercase",
        className,
      )}
    >
      <span aria-hidden>{initials}</span>
      <span className="sr-only normal-case">{name}</span>
    </span>
  );
}
