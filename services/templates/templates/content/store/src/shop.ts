import type { Delivery } from "@/store";

export const APP_NAME = "Hearth & Field";

/** As ISO 4217 names it. Amounts everywhere are in its minor units. */
export const CURRENCY = "EUR";

/** How orders come to people. Their amounts stand in supabase/store.sql as well, as `delivery:<id>`. */
export const DELIVERIES: Delivery[] = [
  { id: "standard", label: "Standard", hint: "3 to 5 working days", amount: 490, freeFrom: 7500 },
  { id: "express", label: "Express", hint: "The next working day", amount: 1190 },
  { id: "pickup", label: "Pick up", hint: "Ready within two hours", amount: 0 },
];
