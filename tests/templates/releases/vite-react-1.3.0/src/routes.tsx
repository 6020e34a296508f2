import type { ReactElement } from "react";

import { Home } from "@/pages/Home";

export interface AppRoute {
  path: string;
  label: string;
  element: ReactElement;
}

export const routes: AppRoute[] = [{ path: "/", label: "Home", element: <Home /> }];
