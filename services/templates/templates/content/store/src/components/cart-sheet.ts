import { createContext, use } from "react";

export const CartSheetContext = createContext<() => void>(() => undefined);

/** Opens the cart beside the page. */
export function useOpenCart(): () => void {
  return use(CartSheetContext);
}
