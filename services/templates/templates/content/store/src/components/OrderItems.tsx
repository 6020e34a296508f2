import type { OrderLine } from "@/store";

import { Money } from "./Money";

export function OrderItems({ lines }: { lines: OrderLine[] }) {
  return (
    <ul className="space-y-2.5 text-sm">
      {lines.map(({ sku, quantity, title, amount }) => (
        <li key={sku} className="flex justify-between gap-4">
          <span className="min-w-0">
            <span className="tabular-nums">{quantity} ×</span> {title}
          </span>
          <Money amount={quantity * amount} />
        </li>
      ))}
    </ul>
  );
}
