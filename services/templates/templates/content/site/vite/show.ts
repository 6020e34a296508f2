// Runs the app's code to see what its pages show. It is as hostile here as anywhere: it gets threads of their own, no
// input but what is done already, and so much time and room; what holds it is whatever holds the build.
import { start, watch } from "./thread.ts";

/** A page as `src/site/server.tsx` tells of it; without `body` it is made in the browser. */
export interface Shown {
  /** Its address, or "404" and "200": what stands at addresses without a file. */
  path: string;
  file: string;
  /** Elements of the head. */
  head: string;
  body?: string;
  /** Whether search engines shall find it. */
  listed: boolean;
  /** Why there is no body: a sentence, or an error with its stack. */
  problem?: string;
}

export interface Site {
  pages: Shown[];
  /** What concerns no page by itself. */
  problems: string[];
}

/** So many pages may hang or end their thread; those after them are the browser's. */
const MOST_STOPPED = 3;
const MOST_CHARACTERS = 2_000_000;
const MOST_CHARACTERS_IN_ALL = 24_000_000;
const MOST_MESSAGES = 10_000;
const ENDED = "its code ended before there was a page";

/** The site's pages; none if even their list cannot be made. */
export async function show(code: string): Promise<Site> {
  const site = new Telling();
  for (let stopped = 0; stopped <= MOST_STOPPED; stopped++) {
    const problem = await listen(code, site);
    if (problem === undefined || !site.stop(problem)) break;
    if (stopped === MOST_STOPPED) site.problems.push(`Pages after ${site.last} were not tried: too many do not come to an end.`);
  }
  return { pages: [...site.pages.values()], problems: site.problems };
}

/** What the threads have told so far. Whatever they say, it is pages of a bounded size or it is not heard. */
class Telling {
  readonly pages = new Map<string, Shown>();
  readonly done = new Set<string>();
  readonly problems: string[] = [];
  last = "";
  #making = "";
  #listed = false;
  #characters = 0;

  hear(told: Record<string, unknown>): void {
    if (Array.isArray(told.pages)) this.#list(told.pages, Number(told.leftOut));
    else if (typeof told.making === "string" && this.pages.has(told.making)) this.#making = told.making;
    else this.#make(pageOf(told.page));
  }

  /** Of a thread that did not come to its end; whether another may go on where it ended. */
  stop(problem: string): boolean {
    const page = this.pages.get(this.#making);
    if (page === undefined || this.done.has(page.file)) {
      this.problems.push(problem);
      return false;
    }
    this.#leave(page, problem);
    this.last = page.path;
    return true;
  }

  #list(listed: unknown[], leftOut: number): void {
    if (this.#listed) return;
    this.#listed = true;
    for (const page of listed.map(pageOf)) if (page) this.pages.set(page.file, page);
    if (leftOut > 0) this.problems.push(`The routes have ${leftOut} pages more than can be made as HTML.`);
  }

  #make(page: Shown | undefined): void {
    if (!page || !this.pages.has(page.file) || this.done.has(page.file)) return;
    const size = page.body?.length ?? 0;
    if (size > MOST_CHARACTERS) this.#leave(page, `its HTML has ${size.toLocaleString("en")} characters`);
    else if (this.#characters + size > MOST_CHARACTERS_IN_ALL) this.#leave(page, "the pages before it have filled a site's room");
    else {
      this.done.add(page.file);
      this.#characters += size;
      this.pages.set(page.file, page);
    }
  }

  #leave(page: Shown, problem: string): void {
    this.done.add(page.file);
    this.pages.set(page.file, { ...page, body: undefined, problem });
  }
}

function pageOf(told: unknown): Shown | undefined {
  if (typeof told !== "object" || told === null) return undefined;
  const { path, file, head, body, listed, problem } = told as Record<string, unknown>;
  if (typeof path !== "string" || typeof file !== "string" || typeof head !== "string") return undefined;
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return { path, file, head, listed: listed === true, body: text(body), problem: text(problem) };
}

/** Resolves when a thread has ended; with what went wrong, if anything did. */
function listen(code: string, site: Telling): Promise<string | undefined> {
  const worker = start(code, [...site.done]);
  return new Promise((resolve) => {
    let problem: string | undefined = ENDED;
    let messages = 0;
    const end = (why: string | undefined) => {
      problem = why;
      void worker.terminate();
    };
    const watched = watch(worker, end);
    worker.on("message", (told: unknown) => {
      watched.heard();
      if (++messages > MOST_MESSAGES) end("it tells of more than there is");
      else if (typeof told !== "object" || told === null) return;
      else if ("done" in told) end(undefined); // timers of the app would keep it
      else if ("problem" in told) end(String(told.problem));
      else site.hear(told as Record<string, unknown>);
    });
    worker.on("error", (error: unknown) => (problem = error instanceof Error ? (error.stack ?? error.message) : String(error)));
    worker.on("exit", () => {
      watched.end();
      resolve(problem);
    });
  });
}
