import { lazy, type ReactElement } from "react";

import { Books } from "@/pages/Books";
import { Broken } from "@/pages/Broken";
import { Home } from "@/pages/Home";
import { Prices } from "@/pages/Prices";

const Late = lazy(() => import("@/pages/Late"));

export interface AppRoute {
  path: string;
  label: string;
  element: ReactElement;
}

export const routes: AppRoute[] = [
  { path: "/", label: "Home", element: <Home /> },
  { path: "/books", label: "Books", element: <Books /> },
  { path: "/books/:id", label: "Book", element: <Books /> },
  { path: "/prices", label: "", element: <Prices /> },
  { path: "/late", label: "", element: <Late /> },
  { path: "/broken", label: "Broken", element: <Broken /> },
];
