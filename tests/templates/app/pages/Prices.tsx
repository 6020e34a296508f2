import { env } from "@/lib/env";

export function Prices() {
  const currency = typeof env.CURRENCY === "string" ? env.CURRENCY : "EUR";
  const most = typeof env.MOST === "number" ? env.MOST : 3;
  const sale = env.SALE === true;
  return (
    <h1>
      {currency} {most + 1} {sale ? "reduced" : "as ever"}
    </h1>
  );
}
