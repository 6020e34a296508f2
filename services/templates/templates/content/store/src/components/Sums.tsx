import { goodsOf, orderLines, type CartItem, type Delivery, type Totals } from "@/store";
import { texts } from "@/texts/store";

import { Money, money } from "./Money";

/** Goods, delivery and total, one below the other. */
export function Sums({ goods, delivery, total }: Totals) {
  const rows = [
    { label: texts.goods, value: <Money amount={goods} /> },
    { label: texts.deliveryCost, value: delivery ? <Money amount={delivery} /> : texts.free },
  ];
  return (
    <dl className="space-y-2 text-sm">
      {rows.map(({ label, value }) => (
        <div key={label} className="flex justify-between gap-4 text-muted-foreground">
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div className="flex justify-between gap-4 border-t pt-3 text-base font-semibold">
        <dt>{texts.total}</dt>
        <dd>
          <Money amount={total} />
        </dd>
      </div>
    </dl>
  );
}

interface GoodsSumProps {
  items: CartItem[];
  deliveries: Delivery[];
}

/** What the goods cost so far, and how far it is to free delivery. */
export function GoodsSum({ items, deliveries }: GoodsSumProps) {
  const goods = goodsOf(orderLines(items));
  const freeFrom = deliveries.find((delivery) => delivery.freeFrom)?.freeFrom;
  return (
    <div className="space-y-2">
      <p className="flex justify-between gap-4 text-lg font-semibold">
        {texts.goods} <Money amount={goods} />
      </p>
      {freeFrom && (
        <p role="status" className="text-sm text-muted-foreground">
          {goods >= freeFrom ? texts.isFree : texts.untilFree(money(freeFrom - goods))}
        </p>
      )}
      <p className="text-sm text-muted-foreground">{texts.withTax}</p>
    </div>
  );
}
