import { readFile } from "node:fs/promises";
import path from "node:path";

import tailwindcss from "@tailwindcss/vite";
import type { ConfigEnv, PluginOption, UserConfig } from "vite";

import { leaveOutUnreachedClasses } from "./unreached.ts";
import { leaveOutUnusedComponents } from "./unused.ts";

const ROOT = path.dirname(import.meta.dirname);

export const ALIAS = [
  { find: "@", replacement: "/src" },
  // Much code says this, the name it had before it was one package.
  { find: /^react-router-dom$/, replacement: "react-router" },
];

/** What nobody imports of the kit and the database's client is not made either. */
export const TREESHAKE = {
  commonjs: false, // else what an app takes of React would change the chunk that holds it
  moduleSideEffects: [
    { test: /\/src\/(components\/ui|hooks)\/[\w-]+\.tsx?$/, sideEffects: false },
    {
      test: /\/src\/(core\/utils|database\/(client|rows|table)|integrations\/supabase\/client)\.ts$/,
      sideEffects: false,
    },
    { test: /\/src\/lib\/(supabase|utils)\.ts$/, sideEffects: false },
  ],
};

// Vite's limit of 4 KiB; a page's policy that allows no font but its own would refuse one in the style sheet.
export const assetsInlineLimit = (file: string) => (file.endsWith(".woff2") ? false : undefined);

/** How every kind of app is built; a kind that needs more gives its own plugins. */
export async function foundation({ command }: ConfigEnv, own: PluginOption[] = []): Promise<UserConfig> {
  const plugins: PluginOption[] = [
    leaveOutUnreachedClasses(ROOT),
    leaveOutUnusedComponents(),
    tailwindcss(),
    ...own,
  ];
  // Fast refresh is for the dev server only: without it a build gives the same output 100 ms sooner.
  if (command === "serve") plugins.push((await import("@vitejs/plugin-react")).default());
  const types = await readFile(path.join(ROOT, "src/lib/database.types.ts"), "utf8");
  return {
    plugins,
    resolve: { alias: ALIAS },
    // Leaves the database's client, 217 kB, out of apps without tables.
    define: { __HAS_TABLES__: String(!/\btables = \[\s*\]/.test(types)) },
    cacheDir: ".vite", // node_modules may be read-only
    build: {
      target: "es2023",
      assetsInlineLimit,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: {
        treeshake: TREESHAKE,
        // An icon or a component is not compiled because an index beside it names it.
        experimental: { lazyBarrel: true },
        checks: { moduleLevelDirective: false }, // react-router says "use client", which a browser app may ignore
        output: {
          codeSplitting: {
            // These change seldom, so they stay compressed, uploaded and cached while the app around them changes.
            groups: [
              { name: "vendor", test: /\/node_modules\/(react|react-dom|react-router|scheduler)\// },
              { name: "supabase", test: /\/node_modules\/@supabase\// },
            ],
          },
        },
      },
    },
  };
}
