import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import type { Plugin } from "vite";

/** What every app has, whether it uses it or not. */
const SHARED = /^src\/(auth|components\/ui|core|database|routing)\//;
const KIT = "src/components/ui/index.ts";
const CODE = /\.[cm]?[jt]sx?$/;
const ENDINGS = ["", ".ts", ".tsx", ".js", ".jsx", "/index.ts", "/index.tsx", "/index.js"];
const FROM = /(?:\bfrom|\bimport)\s*\(?\s*["'`]([^"'`]+)["'`]/g;
const NAMED = /\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*["']([^"']+)["']/g;
const DECLARED = /^export\s+(?:declare\s+)?(?:const|function|class|interface|type)\s+(\w+)/gm;
const LISTED = /^export\s+(?:type\s+)?\{([^}]*)\}/gm;

type Files = Map<string, string>;

/**
 * Tailwind writes a rule for every class name it finds in any file. With this a build has none for shared
 * files that the app does not import: of a kit of fifty components it costs what the app shows. When in
 * doubt a file is kept.
 */
export function leaveOutUnreachedClasses(root: string): Plugin {
  return {
    name: "leave-out-unreached-classes",
    apply: "build",
    enforce: "pre",
    transform: {
      filter: { id: /\.css$/, code: /@import\s+["']tailwindcss["']/ },
      async handler(css, id) {
        const files = await sources(root);
        const reached = reachedFrom("src/main.tsx", files);
        const unreached = [...files.keys()].filter((file) => SHARED.test(file) && !reached.has(file));
        const from = path.dirname(id);
        const lines = unreached.map(
          (file) => `@source not ${JSON.stringify(relative(from, path.join(root, file)))};`,
        );
        return { code: [css, ...lines].join("\n"), map: null };
      },
    },
  };
}

function relative(from: string, to: string): string {
  return `./${path.relative(from, to).replaceAll("\\", "/")}`;
}

async function sources(root: string): Promise<Files> {
  const entries = await readdir(path.join(root, "src"), { recursive: true });
  const paths = entries
    .map((entry) => `src/${entry.replaceAll("\\", "/")}`)
    .filter((entry) => CODE.test(entry));
  const read = async (file: string): Promise<[string, string]> => [
    file,
    await readFile(path.join(root, file), "utf8"),
  ];
  return new Map(await Promise.all(paths.map(read)));
}

function reachedFrom(entry: string, files: Files): Set<string> {
  const declarers = kitDeclarers(files);
  const reached = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const code = files.get(file);
    if (code === undefined || reached.has(file)) continue;
    reached.add(file);
    if (code.includes("import.meta.glob")) return new Set(files.keys());
    waiting.push(...importedBy(file, code, files, declarers));
  }
  return reached;
}

function importedBy(file: string, code: string, files: Files, declarers: Map<string, string>): string[] {
  const targets = [...code.matchAll(FROM)].map(([, from = ""]) => resolve(file, from, files));
  const found = targets.filter((target) => target !== undefined && target !== KIT) as string[];
  const ofKit = targets.filter((target) => target === KIT).length;
  if (!ofKit || file.startsWith("src/components/ui/")) return found;
  const named = [...code.matchAll(NAMED)].filter(([, , from = ""]) => resolve(file, from, files) === KIT);
  const declared = named.flatMap(([, list = ""]) => names(list)).map((name) => declarers.get(name));
  const certain = named.length === ofKit && declared.every((declarer) => declarer !== undefined);
  return [...found, ...(certain ? (declared as string[]) : declarers.values())];
}

/** Which file of the kit has which name. */
function kitDeclarers(files: Files): Map<string, string> {
  const declarers = new Map<string, string>();
  for (const [file, code] of files) {
    if (!file.startsWith("src/components/ui/") || file === KIT) continue;
    for (const [, name = ""] of code.matchAll(DECLARED)) declarers.set(name, file);
    for (const [, list = ""] of code.matchAll(LISTED))
      for (const name of names(list, "exported")) declarers.set(name, file);
  }
  return declarers;
}

function names(list: string, side: "imported" | "exported" = "imported"): string[] {
  const parts = list.split(",").map((part) =>
    part
      .trim()
      .replace(/^type\s+/, "")
      .split(/\s+as\s+/),
  );
  return parts.map((part) => (side === "imported" ? part[0] : part.at(-1)) ?? "").filter(Boolean);
}

function resolve(importer: string, specifier: string, files: Files): string | undefined {
  let target: string;
  if (specifier.startsWith("@/")) target = `src/${specifier.slice(2)}`;
  else if (specifier.startsWith("/src/")) target = specifier.slice(1);
  else if (specifier.startsWith(".")) target = path.posix.join(path.posix.dirname(importer), specifier);
  else return undefined;
  const bare = target.replace(/[?#].*$/, "").replace(/\/$/, "");
  return ENDINGS.map((ending) => bare + ending).find((candidate) => files.has(candidate));
}
