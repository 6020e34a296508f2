import { ChartColumn, House, Users } from "lucide-react";

import { Home } from "@/pages/Home";
import { AppShell, defineRoutes, SidebarLayout } from "@/routing";

const routes = defineRoutes([
  { path: "/", label: "Overview", icon: House, element: <Home /> },
  { path: "/customers", label: "Customers", icon: Users, element: <Home /> },
  { path: "/sales", label: "Sales", icon: ChartColumn, element: <Home /> },
]);

export function App() {
  return <AppShell name="Harvest" routes={routes} layout={SidebarLayout} />;
}
