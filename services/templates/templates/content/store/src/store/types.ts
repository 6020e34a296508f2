/** Amounts are in minor units: 1250 is €12.50. */
export type Amount = number;

/** What is bought: one kind of a product. */
export interface Variant {
  /** Names it in carts, orders and the list of prices; unlike those of all others. */
  sku: string;
  /** "Sand", "Large"; the only variant of a product needs none. */
  label: string;
  amount: Amount;
  /** Which of the theme's colours its picture has. */
  hue?: 1 | 2 | 3 | 4 | 5;
  /** Only where it cannot be bought now. */
  soldOut?: boolean;
}

export interface Product {
  /** Its address: /products/<slug>. */
  slug: string;
  name: string;
  category: string;
  /** One sentence. */
  summary: string;
  description: string;
  /** Short facts: material, size, care. */
  details: string[];
  /** Which picture of src/art. */
  art: string;
  /** What its variants differ in: "Colour". */
  option?: string;
  /** One at least. */
  variants: [Variant, ...Variant[]];
  /** A word above its picture: "New". */
  badge?: string;
}

export interface Delivery {
  id: string;
  label: string;
  hint: string;
  amount: Amount;
  /** For goods worth this much it costs nothing. */
  freeFrom?: Amount;
}

export interface CartLine {
  sku: string;
  quantity: number;
}

/** A line of the cart with what it is of. */
export interface CartItem extends CartLine {
  product: Product;
  variant: Variant;
}

export interface OrderLine extends CartLine {
  title: string;
  amount: Amount;
}

export interface Totals {
  goods: Amount;
  delivery: Amount;
  total: Amount;
}

export interface Order {
  lines: OrderLine[];
  delivery: string;
  deliveryAmount: Amount;
  total: Amount;
  address: Record<string, string>;
  note: string;
  status: "placed" | "paid" | "sent" | "cancelled";
  /** Kept in this browser only, and sent to nobody. */
  trial?: boolean;
}

/** What a customer sends; everything else is computed from the list of prices. */
export interface OrderDraft {
  lines: OrderLine[];
  delivery: Delivery;
  address: Record<string, string>;
  note: string;
}
