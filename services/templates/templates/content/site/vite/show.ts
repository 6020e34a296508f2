// Runs the app's code to see what its pages show. It is as hostile here as anywhere: it gets a thread of its own, no
// input but the addresses, and so much time; what holds it is whatever holds the build.
import { Worker } from "node:worker_threads";

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
  problem?: string;
}

type Told = { pages: Shown[] } | { page: Shown } | { done: true };

/** Between two pages. */
const PATIENCE_MS = 10_000;
const MOST_MB = 256;
const FILE = /^\/\/(?:#region)? (.+\.\w+)$/;
const RUN = `
const { parentPort } = require("node:worker_threads");
(async () => { for await (const told of exports.show()) parentPort.postMessage(told); })()
  .then(() => parentPort.postMessage({ done: true }), (error) => { throw error; });`;

/** The site's pages; none if even their list cannot be made. */
export async function show(code: string, warn: (message: string) => void): Promise<Shown[]> {
  const pages = new Map<string, Shown>();
  const problem = await listen(code, (told) => {
    const found = "pages" in told ? told.pages : "page" in told ? [told.page] : [];
    for (const page of found) pages.set(page.file, page);
  });
  if (problem) warn(`Pages were left to the browser: ${place(problem, code)}`);
  for (const page of pages.values())
    if (page.problem) warn(`${page.path} was left to the browser: ${place(page.problem, code)}`);
  return [...pages.values()];
}

/** Resolves when the code has ended; with what went wrong, if anything did. */
function listen(code: string, hear: (told: Told) => void): Promise<string | undefined> {
  const worker = new Worker(code + RUN, {
    eval: true,
    env: { NODE_ENV: "production" },
    stdout: true, // and so not the build's
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MB },
  });
  return new Promise((resolve) => {
    let last: string | undefined = "the code ended before all of them were made";
    const end = () => void worker.terminate();
    const late = setTimeout(() => {
      last = `one of them takes more than ${PATIENCE_MS / 1000} s`;
      end();
    }, PATIENCE_MS);
    worker.on("message", (told: Told) => {
      late.refresh();
      if ("done" in told) last = undefined;
      hear(told);
      if ("done" in told) end(); // timers of the app would keep it
    });
    worker.on("error", (error: unknown) => (last = error instanceof Error ? (error.stack ?? error.message) : String(error)));
    worker.on("exit", () => {
      clearTimeout(late);
      resolve(last);
    });
  });
}

/** The file that an error came from, by the comment that the bundler writes before the code of each. */
function place(problem: string, code: string): string {
  const [message = ""] = problem.split("\n", 1);
  const lines = code.split("\n");
  const positions = [...problem.matchAll(/\[worker eval\]:(\d+)/g)].map(([, line]) => Number(line) - 1);
  const files = positions.map((line) => FILE.exec(lines.slice(0, line).findLast((text) => FILE.test(text)) ?? "")?.[1]);
  const own = files.find((file) => file?.startsWith("src/"));
  return own ? `${own}: ${message}` : message;
}
