// A thread for the app's code, and how long it may take for what it does between two messages.
import { Worker } from "node:worker_threads";

/**
 * Time of the processor, and time in which it does nothing: a machine that is busy with other things makes a page late,
 * and no page a reason to give up. The last is for what tells nothing of itself, such as one endless sort.
 */
const BUSY_MS = 2_000;
const IDLE_MS = 2_000;
const LONGEST_MS = 15_000;
const LOOK_MS = 200;
/** By so much the memory of all may grow. V8's own limit, which may end the whole build, is beyond it. */
const GROWTH_MB = 200;
const MOST_MB = 512;
const MOST_YOUNG_MB = 16;

/** What the thread begins with. Errors that no page is made of, of a promise that nobody waits for, are nobody's here. */
export const BEGINNING = `
import { parentPort, workerData } from "node:worker_threads";
import { show } from "/src/site/server.tsx";
for (const kind of ["unhandledRejection", "uncaughtException"]) process.on(kind, () => {});
const port = parentPort;
async function tellAll() {
  for await (const told of show(workerData)) port.postMessage(told);
}
tellAll().then(() => port.postMessage({ done: true }), (error) => port.postMessage({ problem: String(error?.stack ?? error) }));`;

export function start(code: string, done: string[]): Worker {
  return new Worker(code, {
    eval: true,
    execArgv: ["--input-type=module"],
    env: { NODE_ENV: "production" },
    workerData: done,
    stdout: true, // and so not the build's
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MB, maxYoungGenerationSizeMb: MOST_YOUNG_MB },
  });
}

interface Watched {
  /** There was a message: what comes now begins anew. */
  heard: () => void;
  end: () => void;
}

/** Tells why, once the thread takes too long. */
export function watch(worker: Worker, late: (why: string) => void): Watched {
  let busy = 0;
  let begun: ReturnType<typeof now> | undefined;
  const peak = () => process.resourceUsage().maxRSS / 1024;
  const before = peak();
  const now = () => ({ busy, idle: worker.performance.eventLoopUtilization().idle, at: performance.now() });
  const look = () => {
    worker.cpuUsage().then(({ user, system }) => (busy = (user + system) / 1000), () => {});
    const { busy: used, idle, at } = now();
    begun ??= { busy: used, idle, at };
    if (used - begun.busy > BUSY_MS) late(`it takes more than ${BUSY_MS / 1000} s of the processor`);
    else if (idle - begun.idle > IDLE_MS) late("it waits for something that does not come");
    else if (peak() - before > GROWTH_MB) late(`it takes more than ${GROWTH_MB} MB of memory`);
    else if (at - begun.at > LONGEST_MS) late("it does not come to an end");
  };
  const looking = setInterval(look, LOOK_MS);
  return { heard: () => (begun = undefined), end: () => clearInterval(looking) };
}
