// Writes a site's pages as HTML: what a browser would show of each is there before any script has run.
import { existsSync } from "node:fs";
import path from "node:path";

import { build, type Plugin, type ResolvedConfig, type Rolldown } from "vite";

import { ALIAS, assetsInlineLimit, TREESHAKE } from "./foundation.ts";
import { document, robots, sitemap } from "./html.ts";
import { show, type Shown } from "./show.ts";

const ENTRY = "src/site/server.tsx";
const PAGE = "index.html";
const SITEMAP = "sitemap.xml";
const ROBOTS = "robots.txt";
const FOR_ROBOTS = [SITEMAP, ROBOTS];

/** What pages share is one file: each that a first visit has to ask for makes it wait. */
const SHARED = { name: "shared", minShareCount: 2, test: /\/(?:src|node_modules\/(?:lucide-react|clsx|tailwind-merge))\// };

/**
 * A page that cannot be made here, because it needs a browser or is broken, is made in the browser, and a warning
 * names the file: a site with one such page still goes live.
 */
export function prerender(): Plugin {
  let config: ResolvedConfig;
  let bundled: Promise<string>;
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
      if (shell?.type !== "asset") return;
      const shown = await made(bundled, (message) => this.warn(message));
      for (const [fileName, source] of write(String(shell.source), shown, Object.keys(files))) {
        if (FOR_ROBOTS.includes(fileName) && existsSync(path.join(config.publicDir, fileName))) continue; // the app's own
        if (fileName === PAGE) shell.source = source;
        else this.emitFile({ type: "asset", fileName, source });
      }
    },
  };
}

/** The pages; none where not even the list of them can be made, which leaves an app as any other. */
async function made(bundled: Promise<string>, warn: (message: string) => void): Promise<Shown[]> {
  let code: string;
  try {
    code = await bundled;
  } catch (error) {
    warn(`The pages were left to the browser: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
  return show(code, warn);
}

/** Everything that is written beside scripts and styles, by its path. */
function write(shell: string, shown: Shown[], built: string[]): Map<string, string> {
  const files = new Map<string, string>();
  if (shown.length === 0) return files; // then it is an app as any other, with one page
  for (const page of shown) files.set(page.file, document(shell, page, built));
  files.set(SITEMAP, sitemap(shown));
  files.set(ROBOTS, robots());
  return files;
}

/** The app's code as one script that runs without a browser. */
async function bundleFor(config: ResolvedConfig): Promise<string> {
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
    plugins: config.plugins.filter(({ name }) => name === "confined"),
    resolve: { alias: ALIAS },
    ssr: { noExternal: true },
    css: { postcss: {} },
    build: {
      ssr: true,
      write: false,
      minify: false,
      target: "es2023",
      assetsInlineLimit,
      copyPublicDir: false,
      emitAssets: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: `/${ENTRY}`,
        treeshake: TREESHAKE,
        experimental: { lazyBarrel: true },
        checks: { moduleLevelDirective: false },
        output: { format: "cjs", codeSplitting: false },
      },
    },
  });
  const [chunk] = (result as Rolldown.RolldownOutput).output;
  return chunk.code;
}
