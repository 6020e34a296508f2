/** Starts the edge: the only place that wires. */
import { mkdirSync, rmSync } from "node:fs";
import module from "node:module";
import path from "node:path";

import { Account } from "./account.js";
import { accountRoutes } from "./api/account.js";
import { scriptRoutes } from "./api/scripts.js";
import { PREFIX, createApiServer } from "./api/server.js";
import { versionRoutes } from "./api/versions.js";
import { Control } from "./control.js";
import { close, listen } from "./http.js";
import { lockFolder } from "./lock.js";
import { Pool } from "./pool.js";
import { createProxy } from "./proxy.js";
import { RateLimit } from "./ratelimit.js";
import { loadMiniflare, prepareRuntime, startVersion } from "./runtime.js";
import { createS3Server } from "./s3/server.js";
import { Scripts } from "./scripts.js";
import { takeSettings } from "./settings.js";
import { Storage } from "./storage.js";
import { Store } from "./store.js";

const GRACE_MS = 500;
const STOP_MS = 1800;

/** @param {import("./settings.js").Settings} settings */
async function start(settings) {
  const temporary = path.join(path.resolve(settings.stateDir), "tmp");
  mkdirSync(settings.stateDir, { recursive: true, mode: 0o700 });
  await lockFolder(settings.stateDir);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  module.enableCompileCache(path.join(path.resolve(settings.stateDir), "cache"));
  prepareRuntime(temporary);

  const store = new Store(settings.stateDir);
  const state = await store.load({ subdomain: settings.subdomain, buckets: [] });
  const storage = new Storage(store.r2);
  const account = new Account({ state: state.account, store, storage });
  const pool = new Pool({
    start: async (script, version) =>
      startVersion({
        script,
        version,
        modules: await store.readModules(script, version),
        r2Folder: store.r2,
        startupSeconds: settings.startupSeconds,
      }),
    maxInstances: settings.maxInstances,
    idleSeconds: settings.idleSeconds,
    placeSeconds: settings.placeSeconds,
  });
  const scripts = new Scripts({
    ...{ scripts: state.scripts, store, pool, versionsKept: settings.versionsKept },
    hasBucket: (name) => account.hasBucket(name),
  });
  const services = { scripts, store, account };
  const servers = {
    apps: createProxy({ scripts, pool }),
    api: createApiServer({
      routes: [...accountRoutes(services), ...scriptRoutes(services), ...versionRoutes(services)],
      accountId: settings.accountId,
      apiToken: settings.apiToken,
      rateLimit: settings.rateLimit && new RateLimit(settings.rateLimit.calls, settings.rateLimit.seconds),
      control: settings.control ? new Control() : null,
    }),
    s3: createS3Server({ account, storage, keys: settings.s3Keys }),
  };
  if (account.buckets.length > 0) void storage.serve(account.buckets.map(({ name }) => name));
  return { servers, pool, storage };
}

async function main() {
  const settings = takeSettings(process.env);
  const { servers, pool, storage } = await start(settings);
  const stop = async () => {
    setTimeout(() => process.exit(1), STOP_MS);
    await Promise.all(Object.values(servers).map((server) => close(server, GRACE_MS)));
    await Promise.all([pool.close(), storage.close()]);
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  /** @type {Record<string, string>} */
  const ready = { event: "ready" };
  for (const name of /** @type {const} */ (["apps", "api", "s3"])) {
    const port = await listen(servers[name], settings.host, settings.ports[name]);
    ready[name] = `http://${settings.host}:${port}${name === "api" ? PREFIX : ""}`;
  }
  console.log(JSON.stringify(ready));
  setImmediate(loadMiniflare);
}

main().catch((error) => {
  console.error(`the local edge cannot start: ${error.message}`);
  process.exit(1);
});
