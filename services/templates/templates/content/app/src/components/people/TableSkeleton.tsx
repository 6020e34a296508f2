import { Skeleton } from "@/components/ui/skeleton";

/** Stands where the list will be. */
export function TableSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading…" className="space-y-3">
      <Skeleton className="h-9 w-full max-w-xs" />
      <div className="divide-y rounded-lg border">
        {Array.from({ length: rows }, (_, row) => (
          <div key={row} className="flex items-center gap-4 p-3">
            <Skeleton className="size-9 rounded-full" />
            <Skeleton className="h-4 flex-1" />
            <Skeleton className="h-4 w-20" />
          </div>
        ))}
      </div>
    </div>
  );
}
