import { Library } from "lucide-react";

import { Home } from "@/pages/Home";
import { defineRoutes, SidebarLayout } from "@/routing";

const shelves = { layout: SidebarLayout, icon: Library };

export const routes = defineRoutes([
  { path: "/", label: "Home", element: <Home /> },
  {
    ...shelves,
    path: "/shelves",
    label: "Shelves",
    page: () => import("@/pages/Shelves").then((page) => page.Shelves),
  },
  {
    ...shelves,
    path: "/shelves/:id",
    title: ({ id }) => `Shelf ${id}`,
    page: () => import("@/pages/Shelf"),
  },
]);
