import { Link, useLocation } from "react-router";

import { DeliverTo } from "@/components/DeliverTo";
import { OrderHead } from "@/components/OrderHead";
import { OrderItems } from "@/components/OrderItems";
import { Sums } from "@/components/Sums";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { useStorageProblem } from "@/lib/collection";
import { useRouteParams } from "@/routing";
import { goodsOf, numberOf, useOrders } from "@/store";
import { texts } from "@/texts/store";

/** An order; right after it was placed it is the confirmation as well. */
export function OrderPage() {
  const { id } = useRouteParams("/orders/:id");
  const { items, loading } = useOrders();
  const placed = (useLocation().state as { placed?: boolean } | null)?.placed === true;
  const order = items.find((one) => one.id === id);
  if (!order && placed) return <Placed id={id} />;
  if (!order && loading) return <p role="status">{texts.loading}</p>;
  if (!order) {
    return (
      <EmptyState title={<h1>{texts.noOrder}</h1>} description={texts.noOrderText}>
        <ToOrders />
      </EmptyState>
    );
  }
  const { lines, deliveryAmount, total } = order;
  return (
    <div className="mx-auto max-w-2xl space-y-8">
      <OrderHead order={order} placed={placed} />
      <div className="space-y-5 rounded-xl border bg-card p-5 text-card-foreground">
        <OrderItems lines={lines} />
        <Sums goods={goodsOf(lines)} delivery={deliveryAmount} total={total} />
      </div>
      <DeliverTo order={order} />
      <ToOrders />
    </div>
  );
}

/** It is with the shop, though it cannot be shown yet, or, as the storage's problem says, not at all. */
function Placed({ id }: { id: string }) {
  const problem = useStorageProblem();
  return (
    <div className="mx-auto max-w-2xl space-y-3">
      <h1 className="text-3xl font-semibold tracking-tight text-balance">{texts.thanks}</h1>
      <p>{texts.number(numberOf({ id }))}</p>
      <p role="status" className="text-muted-foreground">
        {problem ?? texts.loading}
      </p>
      <ToOrders />
    </div>
  );
}

function ToOrders() {
  return (
    <Button asChild variant="outline">
      <Link to="/orders">{texts.toOrders}</Link>
    </Button>
  );
}
