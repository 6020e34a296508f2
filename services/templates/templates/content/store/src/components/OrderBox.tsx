import { Button } from "@/components/ui/button";
import { TAKES_ORDERS, type OrderLine, type Totals } from "@/store";
import { texts } from "@/texts/store";

import { money } from "./Money";
import { OrderItems } from "./OrderItems";
import { Sums } from "./Sums";

interface OrderBoxProps {
  lines: OrderLine[];
  totals: Totals;
  /** Why the order was not placed. */
  problem: string;
  placing: boolean;
}

/** What is about to be ordered, and the button for it. */
export function OrderBox({ lines, totals, problem, placing }: OrderBoxProps) {
  const label = TAKES_ORDERS ? texts.place(money(totals.total)) : texts.placeTrial;
  return (
    <section
      aria-labelledby="your-order"
      className="space-y-5 self-start rounded-xl border bg-card p-5 text-card-foreground md:sticky md:top-20"
    >
      <h2 id="your-order" className="text-lg font-semibold tracking-tight">
        {texts.yourOrder}
      </h2>
      <OrderItems lines={lines} />
      <Sums {...totals} />
      {problem && (
        <p role="alert" className="text-sm text-destructive">
          {problem}
        </p>
      )}
      <Button
        type="submit"
        size="lg"
        className="h-auto min-h-11 w-full py-2 whitespace-normal"
        disabled={placing}
      >
        {placing ? texts.placing : label}
      </Button>
    </section>
  );
}
