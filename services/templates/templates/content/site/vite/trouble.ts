// What keeps a site's pages from being HTML, or from being found, for whoever wrote them.
import { existsSync } from "node:fs";
import { SourceMap } from "node:module";
import path from "node:path";

import type { Rolldown } from "vite";

import type { Shown, Site } from "./show.ts";

export interface Trouble {
  message: string;
  /** What kind it is, for programs. */
  code: string;
  loc?: { file: string; line: number; column: number };
}

const LEFT = "prerender";
const DEAD = "dead-link";
const MOST_LINKS = 20;
const AT = /\[eval\d+\]:(\d+):(\d+)/g;
const LINK = /<a\s[^<>]*?\bhref="(\/(?!\/)[^"]*)"/g;
const SOURCES = `src${path.sep}`;
/** Where nobody looks for the cause: the template's own way to make pages. */
const OWN = path.join(SOURCES, "site");

/** Why pages are the browser's to show, the first page before all others: search engines see nothing on them. */
export function left({ pages, problems }: Site, map: Rolldown.SourceMap | null, root: string): Trouble[] {
  const told = pages.filter(({ problem }) => problem !== undefined);
  const [first, others] = [told.filter(({ path: page }) => page === "/"), told.filter(({ path: page }) => page !== "/")];
  const all = pages.length > 0 ? "Pages were left to the browser" : "No page can be made";
  return [
    ...first.map(({ problem = "" }) => placed("/ cannot be made, without which there is no site", problem, map, root)),
    ...others.map(({ path: page, problem = "" }) => placed(`${page} was left to the browser`, problem, map, root)),
    ...problems.map((problem) => placed(all, problem, map, root)),
  ];
}

/** With the first place in the app's files that the error's stack names. */
function placed(what: string, problem: string, map: Rolldown.SourceMap | null, root: string): Trouble {
  const [first = ""] = problem.split("\n", 1);
  const trouble = { message: `${what}: ${first}`, code: LEFT };
  const positions = map ? new SourceMap({ ...map, sourceRoot: "" }) : undefined;
  for (const [, line, column] of problem.matchAll(AT)) {
    const entry = positions?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!entry || !("originalSource" in entry)) continue;
    const file = path.relative(root, path.resolve(root, "dist", entry.originalSource));
    if (file.startsWith(SOURCES) && !file.startsWith(OWN))
      return { ...trouble, loc: { file, line: entry.originalLine + 1, column: entry.originalColumn } };
  }
  return trouble;
}

/** Links that lead to no page and no file, unless only the app's code knows all addresses. */
export function deadLinks(pages: Shown[], publicDir: string): Trouble[] {
  const known = new Set(pages.map((page) => page.path));
  if (known.has("200")) return [];
  const linking = new Map<string, string[]>();
  for (const page of pages)
    for (const target of new Set(targetsIn(page.body ?? "")))
      if (!known.has(target) && !existsSync(path.join(publicDir, target))) linking.set(target, [...(linking.get(target) ?? []), page.path]);
  return [...linking].slice(0, MOST_LINKS).map(([target, [first, ...others]]) => {
    const more = others.length > 0 ? ` and ${others.length} more page${others.length > 1 ? "s" : ""}` : "";
    return { message: `${first}${more} links to ${target}, which is no page and no file of public/.`, code: DEAD };
  });
}

function targetsIn(body: string): string[] {
  return [...body.matchAll(LINK)].map(([, href = ""]) => {
    const address = href.replace(/(?:[?#]|&#).*$/s, "").replaceAll("&amp;", "&");
    return path.posix.normalize(decoded(address)).replace(/(.)\/$/, "$1");
  });
}

function decoded(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}
