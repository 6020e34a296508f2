// Writes a site's pages as HTML: what a browser would show of each is there before any script has run.
import { existsSync } from "node:fs";
import path from "node:path";

import { build, type Plugin, type ResolvedConfig, type Rolldown } from "vite";

import { ALIAS, assetsInlineLimit, TREESHAKE } from "./foundation.ts";
import { document, robots, sitemap } from "./html.ts";
import { show, type Shown, type Site } from "./show.ts";
import { BEGINNING } from "./thread.ts";
import { deadLinks, left, type Trouble } from "./trouble.ts";

const ENTRY = "\0pages";
const PAGE = "index.html";
const SITEMAP = "sitemap.xml";
const ROBOTS = "robots.txt";
const FOR_ROBOTS = [SITEMAP, ROBOTS];

/** What pages share is one file: each that a first visit has to ask for makes it wait. */
const SHARED = { name: "shared", minShareCount: 2, test: /\/(?:src|node_modules\/(?:lucide-react|clsx|tailwind-merge))\// };

/**
 * A page that cannot be made here, because it needs a browser or is broken, is made in the browser, and a warning
 * says where and why: a site with one such page still goes live. One whose first page cannot be made does not.
 */
export function prerender(): Plugin {
  let config: ResolvedConfig;
  let bundled: Promise<Rolldown.OutputChunk> | undefined;
  return {
    name: "prerender",
    apply: "build",
    enforce: "post",
    config: () => ({ build: { rolldownOptions: { output: { codeSplitting: { groups: [SHARED] } } } } }),
    configResolved(resolved) {
      config = resolved;
    },
    buildStart() {
      bundled = bundleFor(config);
      bundled.catch(() => {}); // told of when the pages are made, unless the browser's bundle has failed already
    },
    async generateBundle(_, files) {
      const shell = files[PAGE];
      if (shell?.type !== "asset" || !bundled) return;
      const { code } = await bundled;
      bundled = undefined; // who holds the plugin, and bundlers do for long, must not hold that
      const site = await show(code);
      const found = await troubles(site, config);
      const fatal = isFirstMissing(site) ? found.shift() : undefined;
      for (const trouble of found) this.warn(trouble);
      if (fatal) this.error(fatal);
      for (const [fileName, source] of write(String(shell.source), site.pages, Object.keys(files))) {
        if (FOR_ROBOTS.includes(fileName) && existsSync(path.join(config.publicDir, fileName))) continue; // the app's own
        if (fileName === PAGE) shell.source = source;
        else this.emitFile({ type: "asset", fileName, source });
      }
    },
  };
}

/** Whether there is no page to begin with: then nothing can be made, as what that page has others have, too. */
function isFirstMissing({ pages }: Site): boolean {
  return pages.length === 0 || pages.some((page) => page.file === PAGE && page.problem !== undefined);
}

/** That of the first page first. */
async function troubles(site: Site, config: ResolvedConfig): Promise<Trouble[]> {
  const dead = deadLinks(site.pages, config.publicDir);
  if (site.problems.length === 0 && site.pages.every(({ problem }) => problem === undefined)) return dead;
  // Once more, to learn which line of which file each line came from: nobody else needs that.
  const { map } = await bundleFor(config, true);
  return [...left(site, map, config.root), ...dead];
}

/** Everything that is written beside scripts and styles, by its path. */
function write(shell: string, shown: Shown[], built: string[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const page of shown) files.set(page.file, document(shell, page, built));
  files.set(SITEMAP, sitemap(shown));
  files.set(ROBOTS, robots());
  return files;
}

/** The app's code as one script that runs without a browser. */
async function bundleFor(config: ResolvedConfig, sourcemap = false): Promise<Rolldown.OutputChunk> {
  const { root, mode, define } = config;
  const result = await build({
    root,
    mode,
    define: { ...define, "process.env.NODE_ENV": '"production"' },
    configFile: false,
    envDir: false,
    cacheDir: config.cacheDir,
    logLevel: "silent",
    // Those that keep the build within the app's files, where it is given any.
    plugins: [beginning, ...config.plugins.filter(({ name }) => name === "confined")],
    resolve: { alias: ALIAS },
    ssr: { noExternal: true },
    css: { postcss: {} },
    build: {
      ssr: true,
      write: false,
      minify: false,
      sourcemap: sourcemap && "hidden",
      target: "es2023",
      assetsInlineLimit,
      copyPublicDir: false,
      emitAssets: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: ENTRY,
        treeshake: TREESHAKE,
        experimental: { lazyBarrel: true },
        checks: { moduleLevelDirective: false },
        output: { format: "es", codeSplitting: false }, // a module may wait for something while it begins
      },
    },
  });
  const [chunk] = (result as Rolldown.RolldownOutput).output;
  return chunk;
}

const beginning: Plugin = {
  name: "pages",
  resolveId: (id) => (id === ENTRY ? id : undefined),
  load: (id) => (id === ENTRY ? BEGINNING : undefined),
};
