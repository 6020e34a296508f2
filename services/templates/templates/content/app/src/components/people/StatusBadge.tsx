import { Badge } from "@/components/ui/badge";
import type { Status } from "@/data/people";

const DOTS: Record<Status, string> = { active: "bg-success", invited: "bg-chart-4", paused: "bg-muted-foreground" };

export function StatusBadge({ status }: { status: Status }) {
  return (
    <Badge variant="outline" className="align-middle capitalize">
      <span aria-hidden className={`size-1.5 rounded-full ${DOTS[status]}`} />
      {status}
    </Badge>
  );
}
