import type { Amount } from "./types";

const formats = new Map<string, Intl.NumberFormat>();

/** €12.50 of 1250, by the rules of the currency and the visitor's language. */
export function formatMoney(amount: Amount, currency: string, locale?: string): string {
  const key = `${locale ?? ""} ${currency}`;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(locale, { style: "currency", currency })));
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}
