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
/** More would make a build take longer than it may; they are the browser's to show. */
const MOST_PAGES = 1000;

type Told = { pages: Shown[]; leftOut: number } | { making: string } | { page: Shown };

/** First of all pages, as if the browser made them, then each as it is shown, but for the files that are `done`. */
export async function* show(done: string[]): AsyncGenerator<Told> {
  const addresses = [...new Set(routes.flatMap(addressesOf))];
  const pages = addresses
    .filter((address) => SAFE.test(address))
    .slice(0, MOST_PAGES)
    .map(inBrowser);
  const leftOut = addresses.length - pages.length;
  pages.push({ ...inBrowser(MISSING), file: "404.html" });
  if (leftOut > 0 || routes.some(isOpen)) pages.push({ ...inBrowser(OPEN), file: "200.html" });
  yield { pages, leftOut };
  for (const page of pages) {
    const { route } = matchOf(routes, page.path) ?? {};
    if (page.path === OPEN || route?.guarded || done.includes(page.file)) continue;
    yield { making: page.file };
    yield { page: await shown(page) };
  }
}

function addressesOf({ path, entries = [] }: AppRoute): string[] {
  const found = isFixed(path) ? [path] : entries.map((params: Params) => generatePath(path, { ...params }));
  return found.map((address) => decodeURI(address));
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
