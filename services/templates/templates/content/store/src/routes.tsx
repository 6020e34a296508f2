import { PRODUCTS } from "@/catalogue";
import { CustomersOnly } from "@/components/CustomersOnly";
import { Catalogue } from "@/pages/Catalogue";
import { defineRoutes } from "@/routing";
import { texts } from "@/texts/store";

export const routes = defineRoutes([
  { path: "/", label: texts.shop, element: <Catalogue /> },
  {
    path: "/products/:slug",
    title: ({ slug }) => PRODUCTS.find((product) => product.slug === slug)?.name ?? texts.noProduct,
    page: () => import("@/pages/ProductPage").then((m) => m.ProductPage),
  },
  { path: "/cart", title: texts.cart, page: () => import("@/pages/CartPage").then((m) => m.CartPage) },
  {
    path: "/checkout",
    title: texts.checkoutTitle,
    guard: CustomersOnly,
    page: () => import("@/pages/CheckoutPage").then((m) => m.CheckoutPage),
  },
  {
    path: "/orders",
    label: texts.ordersTitle,
    guard: CustomersOnly,
    page: () => import("@/pages/OrdersPage").then((m) => m.OrdersPage),
  },
  {
    path: "/orders/:id",
    title: texts.orderTitle,
    guard: CustomersOnly,
    page: () => import("@/pages/OrderPage").then((m) => m.OrderPage),
  },
]);
