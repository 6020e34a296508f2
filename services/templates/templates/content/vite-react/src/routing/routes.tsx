import { lazy, Suspense, useState, type ComponentType, type ReactElement, type ReactNode } from "react";

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

/** What search engines, and those with whom the page is shared, are told of it. */
export interface Meta {
  /** Instead of the route's title and the app's name. */
  title?: string;
  description?: string;
  /** An address of a picture, such as one of public/: "/cover.png". */
  image?: string;
  /** Whether search engines shall leave the page out. */
  hidden?: boolean;
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
  meta?: Meta | ((params: Params) => Meta);
  /** The values of the path's parameters, where they are known: a kind of app that is built as pages has one of each. */
  entries?: readonly Params[];
  /** The frame around this page, where it is another than the app's. */
  layout?: ComponentType<LayoutProps>;
}

export interface AppRoute extends About {
  element: ReactElement;
  /** Whether it depends on who is looking. */
  guarded?: boolean;
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
export function lazyPage(load: Load): Page & { load: () => Promise<void> } {
  let loaded: Page | undefined;
  const take = async () => {
    const found = await load();
    loaded = "default" in found ? found.default : found;
    return { default: loaded };
  };
  const Later = lazy(take);
  function LazyPage() {
    const [Shown] = useState(() => loaded ?? Later); // one that is there already shows at once
    return (
      <Suspense fallback={<Loading />}>
        <Shown />
      </Suspense>
    );
  }
  return Object.assign(LazyPage, { load: () => take().then(() => {}) });
}

function later(page: Load): { shown: ReactElement; load?: () => Promise<void> } {
  const Page = lazyPage(page);
  return { shown: <Page />, load: Page.load };
}

/**
 * The app's pages. `page: () => import("@/pages/Books").then((m) => m.Books)` is a part of its own, which is loaded
 * when it is first shown; `element` is there from the start.
 */
export function defineRoutes(definitions: RouteDefinition[]): AppRoute[] {
  return definitions.map(({ guard: Guard, page, element, ...about }) => {
    const { shown, load } = page ? later(page) : { shown: element };
    const guarded = Guard !== undefined;
    return { ...about, guarded, load, element: Guard ? <Guard>{shown}</Guard> : shown };
  });
}
