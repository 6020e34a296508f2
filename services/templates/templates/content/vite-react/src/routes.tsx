import { Home } from "@/pages/Home";
import { defineRoutes } from "@/routing";

export const routes = defineRoutes([{ path: "/", label: "Home", element: <Home /> }]);
