import type { ReactNode } from "react";

import { Form } from "@/components/ui/form";
import type { Cart, Delivery } from "@/store";
import { texts } from "@/texts/store";

import { CountryField, DeliveryField, NoteField, TextField } from "./CheckoutFields";
import { OrderBox } from "./OrderBox";
import { Payment } from "./Payment";
import { useCheckout } from "./useCheckout";

interface CheckoutFormProps {
  cart: Cart;
  deliveries: [Delivery, ...Delivery[]];
}

export function CheckoutForm({ cart, deliveries }: CheckoutFormProps) {
  const { form, lines, totals, problem, submit } = useCheckout(cart, deliveries);
  const { control, formState } = form;
  return (
    <Form {...form}>
      <form noValidate onSubmit={submit} className="grid gap-10 md:grid-cols-[1fr_20rem]">
        <div className="space-y-9">
          <Part title={texts.contact}>
            <TextField control={control} name="email" type="email" autoComplete="email" />
          </Part>
          <Part title={texts.address}>
            <TextField control={control} name="name" autoComplete="name" />
            <TextField control={control} name="street" autoComplete="street-address" />
            <div className="grid gap-4 sm:grid-cols-[9rem_1fr]">
              <TextField control={control} name="postcode" autoComplete="postal-code" />
              <TextField control={control} name="city" autoComplete="address-level2" />
            </div>
            <CountryField control={control} />
          </Part>
          <Part title={texts.delivery}>
            <DeliveryField control={control} deliveries={deliveries} goods={totals.goods} />
            <NoteField control={control} />
          </Part>
          <Part title={texts.payment}>
            <Payment />
          </Part>
        </div>
        <OrderBox lines={lines} totals={totals} problem={problem} placing={formState.isSubmitting} />
      </form>
    </Form>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="space-y-4">
      <h2 className="text-lg font-semibold tracking-tight">{title}</h2>
      {children}
    </section>
  );
}
