import { readFile } from "node:fs/promises";

import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type PluginOption } from "vite";

export default defineConfig(async ({ command }) => {
  const plugins: PluginOption[] = [tailwindcss()];
  // Fast refresh is for the dev server only: without it a build gives the same output 100 ms sooner.
  if (command === "serve") plugins.push((await import("@vitejs/plugin-react")).default());
  const types = await readFile(new URL("src/lib/database.types.ts", import.meta.url), "utf8");
  return {
    plugins,
    resolve: { alias: { "@": "/src" } },
    // Leaves the database's client, 217 kB, out of apps without tables.
    define: { __HAS_TABLES__: String(!/\btables = \[\s*\]/.test(types)) },
    cacheDir: ".vite", // node_modules may be read-only
    build: {
      target: "es2023",
      assetsInlineLimit: 4096,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: {
        // What nobody imports of the database's client is not made either.
        treeshake: { moduleSideEffects: [{ test: /\/src\/(database\/table|lib\/supabase)\.ts$/, sideEffects: false }] },
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
});
