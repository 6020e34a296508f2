import { Info } from "lucide-react";

import { CheckoutForm } from "@/components/CheckoutForm";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { TAKES_ORDERS, useCart, useCatalogue } from "@/store";
import { texts } from "@/texts/store";

import { EmptyCart } from "./CartPage";

export function CheckoutPage() {
  const cart = useCart();
  const [first, ...others] = useCatalogue().deliveries;
  return (
    <div className="mx-auto max-w-4xl space-y-8">
      <h1 className="text-3xl font-semibold tracking-tight">{texts.checkoutTitle}</h1>
      {!TAKES_ORDERS && (
        <Alert>
          <Info aria-hidden />
          <AlertTitle>{texts.trialTitle}</AlertTitle>
          <AlertDescription>{texts.trialText}</AlertDescription>
        </Alert>
      )}
      {cart.items.length > 0 && first ? (
        <CheckoutForm cart={cart} deliveries={[first, ...others]} />
      ) : (
        <EmptyCart />
      )}
    </div>
  );
}
