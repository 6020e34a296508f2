import { CircleCheck } from "lucide-react";

import type { Entry } from "@/lib/collection";
import { numberOf, type Order } from "@/store";
import { texts } from "@/texts/store";

import { OrderState } from "./OrderState";

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

interface OrderHeadProps {
  order: Entry<Order>;
  /** Whether it was placed a moment ago. */
  placed: boolean;
}

export function OrderHead({ order, placed }: OrderHeadProps) {
  const { trial, address, createdAt } = order;
  const thanks = trial
    ? { title: texts.thanksTrial, text: texts.thanksTrialText }
    : { title: texts.thanks, text: texts.thanksText(address.email ?? "") };
  return (
    <header className="space-y-3">
      {placed && <CircleCheck aria-hidden className="size-10 text-success" />}
      <h1 className="text-3xl font-semibold tracking-tight text-balance">
        {placed ? thanks.title : texts.number(numberOf(order))}
      </h1>
      {placed && <p className="text-muted-foreground">{thanks.text}</p>}
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted-foreground">
        <OrderState order={order} /> {texts.number(numberOf(order))}, {day.format(new Date(createdAt))}
      </p>
    </header>
  );
}
