import { Badge } from "@/components/ui/badge";
import type { Order } from "@/store";
import { texts } from "@/texts/store";

const LOOKS = { placed: "secondary", paid: "default", sent: "success", cancelled: "outline" } as const;

export function OrderState({ order: { status, trial } }: { order: Order }) {
  if (trial) return <Badge variant="outline">{texts.trial}</Badge>;
  return <Badge variant={LOOKS[status]}>{texts.states[status]}</Badge>;
}
