import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type PluginOption } from "vite";

export default defineConfig(async ({ command }) => {
  const plugins: PluginOption[] = [tailwindcss()];
  // Fast refresh is for the dev server only: without it a build gives the same output 100 ms sooner.
  if (command === "serve") plugins.push((await import("@vitejs/plugin-react")).default());
  return {
    plugins,
    resolve: { alias: { "@": "/src" } },
    cacheDir: ".vite", // node_modules may be read-only
    build: {
      target: "es2023",
      assetsInlineLimit: 4096,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: {
        checks: { moduleLevelDirective: false }, // react-router says "use client", which a browser app may ignore
        output: {
          codeSplitting: {
            // Changes seldom, so it stays compressed, uploaded and cached while the app around it changes.
            groups: [{ name: "vendor", test: /\/node_modules\/(react|react-dom|react-router|scheduler)\// }],
          },
        },
      },
    },
  };
});
