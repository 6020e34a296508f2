import { WithAccounts } from "@/auth/WithAccounts";
import { ShopFrame } from "@/components/ShopFrame";
import { routes } from "@/routes";

/** With its first table the shop has accounts; everybody sees its products, CustomersOnly guards the other pages. */
export function App() {
  return (
    <WithAccounts routes={routes} guarded={false}>
      {(all, account) => <ShopFrame routes={all} account={account} />}
    </WithAccounts>
  );
}
