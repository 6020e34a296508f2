import type { SupabaseClient } from "@supabase/supabase-js";

import { APP_ID } from "@/core/env";
import { supabase } from "@/database/client";
import { DatabaseProblem } from "@/database/rows";
import { useCollection, type Collection, type Entry } from "@/lib/collection";
import { tables } from "@/lib/database.types";

import { totalsOf } from "./cart";
import type { Order, OrderDraft } from "./types";

/** Whether orders reach the shop: else they are trials, which this browser keeps. */
export const TAKES_ORDERS = __HAS_TABLES__ && (tables as readonly string[]).includes("orders");

export interface Orders extends Pick<Collection<Order>, "items" | "loading"> {
  /** Places an order and answers its id; throws an Error with the reason, for people, where it is refused. */
  place: (draft: OrderDraft) => Promise<string>;
}

/** The visitor's own orders; others the database does not show. */
export function useOrders(): Orders {
  const { items, loading, add } = useCollection<Order>("orders");

  async function place(draft: OrderDraft): Promise<string> {
    if (__HAS_TABLES__ && TAKES_ORDERS) return send(draft);
    const { delivery, total } = totalsOf(draft.lines, draft.delivery);
    const order: Order = {
      ...draft,
      delivery: draft.delivery.id,
      deliveryAmount: delivery,
      total,
      status: "placed",
      trial: true,
    };
    return add(order).id;
  }

  return { items: items.toReversed(), loading, place };
}

/** The server computes the order by its own list of prices; `expected` is what the customer has seen. */
async function send({ lines, delivery, address, note }: OrderDraft): Promise<string> {
  const client = supabase as unknown as SupabaseClient; // the types of tables are those of each app
  const asked = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const expected = totalsOf(lines, delivery).total;
  const row = { lines: asked, delivery: delivery.id, address, note, expected };
  const asking = client.from("orders").insert(row).select("id").abortSignal(AbortSignal.timeout(20_000));
  const { data, error } = await asking.single();
  readAgain(error ? "price_list" : "orders"); // prices may be what was wrong
  if (error) throw new DatabaseProblem(error);
  return (data as { id: string }).id;
}

/** Lists of tables read anew when another tab says so; this speaks to all, this one among them. */
function readAgain(table: "orders" | "price_list"): void {
  const channel = new BroadcastChannel(`${APP_ID}:tables`);
  channel.postMessage(table);
  channel.close();
}

/** What people call an order by. */
export function numberOf({ id }: Pick<Entry<Order>, "id">): string {
  return id.slice(0, 8).toUpperCase();
}
