import type { ReactElement } from "react";

import { authRoutes, ProtectedRoute } from "@/auth";
import { Notes } from "@/pages/Notes";

export interface AppRoute {
  path: string;
  label: string;
  element: ReactElement;
}

const notes = (
  <ProtectedRoute>
    <Notes />
  </ProtectedRoute>
);

export const routes: AppRoute[] = [{ path: "/", label: "Notes", element: notes }, ...authRoutes];
