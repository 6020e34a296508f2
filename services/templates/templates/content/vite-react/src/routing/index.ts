export { AppShell, type AppShellProps } from "./AppShell";
export { Breadcrumbs } from "./Breadcrumbs";
export { BareLayout, CenteredLayout, Main, SidebarLayout, TopLayout } from "./layouts";
export { Loading } from "./Loading";
export { Brand, Menu } from "./Navigation";
export { NotFoundPage } from "./NotFoundPage";
export { path, useRouteParams, type PathParams } from "./params";
export { defineRoutes, type AppRoute, type LayoutProps, type Meta, type Params, type RouteDefinition } from "./routes";
