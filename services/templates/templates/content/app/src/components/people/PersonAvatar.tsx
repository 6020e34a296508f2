import { cn } from "@/lib/utils";

import { initialsOf } from "@/data/people";

const SIZES = { default: "size-9 text-xs", lg: "size-14 text-lg" };

/** A person's initials, beside the name. For pictures there is Avatar in the kit, which weighs a little more. */
export function PersonAvatar({ name, size = "default" }: { name: string; size?: keyof typeof SIZES }) {
  return (
    <span
      aria-hidden
      className={cn(
        "flex shrink-0 items-center justify-center rounded-full bg-secondary font-medium text-secondary-foreground",
        SIZES[size],
      )}
    >
      {initialsOf(name)}
    </span>
  );
}
