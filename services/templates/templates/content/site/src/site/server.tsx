// Makes the site's pages where there is no browser: while it is built.
import "@/core/env";

import type { ReactNode } from "react";
import { prerender } from "react-dom/static.browser";
import { generatePath, StaticRouter } from "react-router";

import { App } from "@/App";
import { Root } from "@/core/Root";
import type { AppRoute, Params } from "@/routing";
import { matchOf } from "@/routing/current";
import { routes } from "@/routes";

import { tell, type Tag } from "./meta";

/** As vite/show.ts reads it. */
interface Shown {
  path: string;
  file: string;
  head: string;
  body?: string;
  listed: boolean;
  problem?: string;
}

/** Where the site is found is written when it is deployed. */
const ORIGIN = "{{APP_URL}}";
const SAFE = /^\/(?:[\p{L}\p{N}_~@+-][\p{L}\p{N}._~@+-]*(?:\/(?!$)|$))*$/u;
const MISSING = "404";
const OPEN = "200";

/** First of all pages, as if the browser made them, then each as it is shown. */
export async function* show(): AsyncGenerator<{ pages: Shown[] } | { page: Shown }> {
  const pages = [...new Set(routes.flatMap(addressesOf))].map(inBrowser);
  pages.push({ ...inBrowser(MISSING), file: "404.html" });
  if (routes.some(isOpen)) pages.push({ ...inBrowser(OPEN), file: "200.html" });
  yield { pages };
  for (const page of pages) {
    const { route } = matchOf(routes, page.path) ?? {};
    if (page.path !== OPEN && !route?.guarded) yield { page: await shown(page) };
  }
}

function addressesOf({ path, entries = [] }: AppRoute): string[] {
  const found = isFixed(path) ? [path] : entries.map((params: Params) => generatePath(path, { ...params }));
  return found.map((address) => decodeURI(address)).filter((address) => SAFE.test(address));
}

function isFixed(path: string): boolean {
  return !/[:*]/.test(path);
}

/** Whether a route has pages that nobody can list. */
function isOpen({ path, entries }: AppRoute): boolean {
  return !isFixed(path) && !entries && path !== "*";
}

function inBrowser(path: string): Shown {
  const { title, tags, listed } = tell(matchOf(routes, path), path, ORIGIN);
  const file = path === "/" ? "index.html" : `${path.slice(1)}/index.html`;
  return { path, file, listed, head: `<title>${escaped(title)}</title>${tags.map(html).join("")}` };
}

async function shown(page: Shown): Promise<Shown> {
  const problems: unknown[] = [];
  const router = ({ children }: { children: ReactNode }) => (
    <StaticRouter location={page.path === MISSING ? `/${MISSING}` : encodeURI(page.path)}>{children}</StaticRouter>
  );
  try {
    await matchOf(routes, page.path)?.route.load?.();
    const { prelude } = await prerender(
      <Root router={router}>
        <App />
      </Root>,
      { onError: (error) => void problems.push(error), progressiveChunkSize: Infinity },
    );
    const body = await new Response(prelude).text();
    if (problems.length === 0) return { ...page, body };
  } catch (error) {
    problems.push(error);
  }
  const [first] = problems;
  return { ...page, problem: (first instanceof Error && first.stack) || String(first) };
}

function html({ name, attributes }: Tag): string {
  const written = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${escaped(value)}"`);
  return `<${name}${written.join("")}>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
