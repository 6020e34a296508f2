import { Link } from "react-router";

import { Money } from "@/components/Money";
import { OrderState } from "@/components/OrderState";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { path } from "@/routing";
import { countOf, numberOf, useOrders } from "@/store";
import { texts } from "@/texts/store";

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** The visitor's own orders, the newest first. */
export function OrdersPage() {
  const { items, loading } = useOrders();
  return (
    <div className="mx-auto max-w-2xl space-y-8">
      <h1 className="text-3xl font-semibold tracking-tight">{texts.ordersTitle}</h1>
      {loading && <p role="status">{texts.loading}</p>}
      {!loading && items.length === 0 && (
        <EmptyState title={texts.noOrders} description={texts.noOrdersText}>
          <Button asChild>
            <Link to="/">{texts.toProducts}</Link>
          </Button>
        </EmptyState>
      )}
      <ul className="space-y-3">
        {items.map((order) => (
          <li
            key={order.id}
            className="relative rounded-xl border bg-card p-4 text-card-foreground hover:bg-accent"
          >
            <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
              <Link
                to={path("/orders/:id", { id: order.id })}
                className="font-medium after:absolute after:inset-0 after:rounded-xl"
              >
                {texts.number(numberOf(order))}
              </Link>
              <Money amount={order.total} className="font-medium" />
            </div>
            <div className="mt-1 flex flex-wrap items-center justify-between gap-x-4 gap-y-1 text-sm text-muted-foreground">
              <span>
                {day.format(new Date(order.createdAt))}, {texts.found(countOf(order.lines))}
              </span>
              <OrderState order={order} />
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
