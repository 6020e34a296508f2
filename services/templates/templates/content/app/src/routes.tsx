import { LayoutDashboard, Settings, Users } from "lucide-react";

import { Dashboard } from "@/pages/Dashboard";
import { defineRoutes } from "@/routing";

export const routes = defineRoutes([
  { path: "/", label: "Dashboard", icon: LayoutDashboard, element: <Dashboard /> },
  { path: "/people", label: "People", icon: Users, page: () => import("@/pages/People").then((m) => m.People) },
  { path: "/people/:id", title: "Person", page: () => import("@/pages/Person").then((m) => m.PersonPage) },
  { path: "/settings", label: "Settings", icon: Settings, page: () => import("@/pages/Settings").then((m) => m.SettingsPage) },
]);
