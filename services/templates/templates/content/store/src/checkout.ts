import { z } from "zod";

import { texts } from "@/texts/store";

const needed = (most = 120) => z.string().trim().min(1, texts.missing).max(most, texts.tooLong);

/** What the checkout asks for. A field that is added here needs its place in components/checkout. */
export const checkoutSchema = z.object({
  email: needed(200).pipe(z.email(texts.noEmail)),
  name: needed(),
  street: needed(200),
  postcode: needed(20).regex(/^[\p{L}\d][\p{L}\d -]{1,8}[\p{L}\d]$/u, texts.noPostcode),
  city: needed(),
  country: needed(),
  delivery: z.string(),
  note: z.string().trim().max(1000, texts.tooLong),
});

export type Checkout = z.infer<typeof checkoutSchema>;
