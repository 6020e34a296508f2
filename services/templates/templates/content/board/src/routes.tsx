import { BoardPage } from "@/pages/Board";
import { defineRoutes } from "@/routing";

export const routes = defineRoutes([{ path: "/", label: "Board", element: <BoardPage /> }]);
