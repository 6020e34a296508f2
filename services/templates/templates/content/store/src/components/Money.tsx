import { CURRENCY } from "@/shop";
import { formatMoney } from "@/store";

export function money(amount: number): string {
  return formatMoney(amount, CURRENCY);
}

export function Money({ amount, className }: { amount: number; className?: string }) {
  return <span className={`tabular-nums ${className ?? ""}`}>{money(amount)}</span>;
}
