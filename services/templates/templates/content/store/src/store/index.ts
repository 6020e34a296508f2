export { countOf, deliveryCost, goodsOf, MOST, orderLines, titleOf, totalsOf } from "./cart";
export { formatMoney } from "./money";
export { numberOf, TAKES_ORDERS, useOrders, type Orders } from "./orders";
export { categoriesOf, find, fromAmount, ORDERS, type SortOrder } from "./search";
export type {
  CartItem,
  CartLine,
  Delivery,
  Order,
  OrderDraft,
  OrderLine,
  Product,
  Totals,
  Variant,
} from "./types";
export { useCart, type Cart } from "./useCart";
export { useCatalogue, type Catalogue } from "./useCatalogue";
