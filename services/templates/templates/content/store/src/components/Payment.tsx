import { Receipt } from "lucide-react";

import { texts } from "@/texts/store";

/**
 * How people pay. A provider of payments is connected here, and by server code that tells it the total of the stored
 * order: never by an amount that the browser names.
 */
export function Payment() {
  return (
    <p className="flex items-start gap-3 rounded-lg border bg-muted p-4 text-sm">
      <Receipt aria-hidden className="mt-0.5 size-4 shrink-0" />
      {texts.paymentText}
    </p>
  );
}
