import { createElement, lazy, Suspense, type ComponentType, type ReactElement, type ReactNode } from "react";

import { Loading } from "./Loading";

export type Params = Readonly<Record<string, string | undefined>>;

/** Everything that the frame around the pages gets to show; see layouts. */
export interface LayoutProps {
  /** The app's name. */
  name: string;
  menu: AppRoute[];
  /** At the end of the header: the account, the theme. */
  actions?: ReactNode;
  children: ReactNode;
}

interface About {
  /** As react-router has it: "/books/:id". */
  path: string;
  /** Its words in the menu. A route without, or with a parameter, stays out of it. */
  label?: string;
  /** The page's title and breadcrumb, where that is not the label. */
  title?: string | ((params: Params) => string);
  /** Beside the label, such as one of lucide-react. */
  icon?: ComponentType<{ className?: string }>;
  /** The frame around this page, where it is another than the app's. */
  layout?: ComponentType<LayoutProps>;
}

export interface AppRoute extends About {
  element: ReactElement;
  /** Loads the page's part before it is shown. */
  load?: () => Promise<unknown>;
}

type Page = ComponentType<object>;
type Load = () => Promise<Page | { default: Page }>;

/** A route as an app writes it down. */
export type RouteDefinition = About & {
  /** Stands around the page, and may show something else: ProtectedRoute of "@/auth". */
  guard?: ComponentType<{ children: ReactNode }>;
} & (
    | { element: ReactElement; page?: never }
    | { page: Load; element?: never }
  );

/** A page that is loaded when it is first shown. */
export function lazyPage(load: Load): Page {
  const Loaded = lazy(async () => {
    const found = await load();
    return "default" in found ? found : { default: found };
  });
  return function LazyPage() {
    return (
      <Suspense fallback={<Loading />}>
        <Loaded />
      </Suspense>
    );
  };
}

/**
 * The app's pages. `page: () => import("@/pages/Books").then((m) => m.Books)` is a part of its own, which is loaded
 * when it is first shown; `element` is there from the start.
 */
export function defineRoutes(definitions: RouteDefinition[]): AppRoute[] {
  return definitions.map(({ guard: Guard, page, element, ...about }) => {
    const shown = page ? createElement(lazyPage(page)) : element;
    return { ...about, load: page, element: Guard ? <Guard>{shown}</Guard> : shown };
  });
}
