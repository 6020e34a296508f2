import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useNavigate } from "react-router";

import { checkoutSchema, type Checkout } from "@/checkout";
import { path } from "@/routing";
import { orderLines, totalsOf, useOrders, type Cart, type Delivery } from "@/store";
import { texts } from "@/texts/store";

const EMPTY = { email: "", name: "", street: "", postcode: "", city: "", note: "" };

/** The checkout's form, what it comes to, and how it is sent. */
export function useCheckout(cart: Cart, deliveries: [Delivery, ...Delivery[]]) {
  const { place } = useOrders();
  const navigate = useNavigate();
  const [problem, setProblem] = useState("");
  const [country = ""] = texts.countries;
  const form = useForm<Checkout>({
    resolver: zodResolver(checkoutSchema),
    defaultValues: { ...EMPTY, country, delivery: deliveries[0].id },
  });
  const chosen = useWatch({ control: form.control, name: "delivery" });
  const delivery = deliveries.find(({ id }) => id === chosen) ?? deliveries[0];
  const lines = orderLines(cart.items);

  async function send({ delivery: _, note, ...address }: Checkout) {
    setProblem("");
    try {
      const id = await place({ lines, delivery, address, note });
      await navigate(path("/orders/:id", { id }), { replace: true, state: { placed: true } });
      cart.clear();
    } catch (cause) {
      setProblem(texts.failed(cause instanceof Error ? cause.message : String(cause)));
    }
  }

  return { form, lines, totals: totalsOf(lines, delivery), problem, submit: form.handleSubmit(send) };
}
