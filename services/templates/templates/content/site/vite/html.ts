// What is written of pages. `{{APP_URL}}` is where the app is found, which is known when it is deployed.
import type { Shown } from "./show.ts";

const URL = "{{APP_URL}}";
const ROOT = '<div id="root"></div>';
/** Fonts that every visitor needs at once: the letters of English, upright, and none for code. */
const FIRST_FONT = /-latin-(?:wght|full|opsz|standard)-normal-[\w-]+\.woff2$/;
const OTHER_FONT = /mono-latin/;
/** What React puts before a page that has it: titles, descriptions, what is loaded ahead. */
const HOISTED = /^(?:<title>[^<]*<\/title>|<(?:meta|link) [^<>]*>)+/;

/** A page as a whole document. */
export function document(shell: string, { path, head, body = "" }: Shown, built: string[]): string {
  const [hoisted = ""] = HOISTED.exec(body) ?? [];
  const own = hoisted.includes("<title>") ? head.replace(/<title>[^<]*<\/title>/, "") : head;
  const fonts = built.filter((file) => FIRST_FONT.test(file) && !OTHER_FONT.test(file)).map(preload);
  const page = body ? ` data-page="${escaped(path)}"` : "";
  return shell
    .replace(/<title>[^<]*<\/title>/, () => own + hoisted + fonts.join(""))
    .replace(ROOT, () => `<div id="root"${page}>${body.slice(hoisted.length)}</div>`);
}

export function sitemap(shown: Shown[]): string {
  const entries = shown.filter(({ listed }) => listed).map(({ path }) => `  <url><loc>${URL}${escaped(encodeURI(path))}</loc></url>`);
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">';
  return [head, ...entries, "</urlset>", ""].join("\n");
}

export function robots(): string {
  return `User-agent: *\nAllow: /\n\nSitemap: ${URL}/sitemap.xml\n`;
}

function preload(file: string): string {
  return `<link rel="preload" as="font" type="font/woff2" href="/${file}" crossorigin="">`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
