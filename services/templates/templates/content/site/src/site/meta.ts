import { site } from "@/content/site";
import type { Match } from "@/routing/current";
import { titleOf } from "@/routing/current";
import type { Meta } from "@/routing";
import { texts } from "@/texts/app";

/** An element of the page's head, by its name. */
export interface Tag {
  name: "meta" | "link";
  attributes: Record<string, string>;
}

export interface Told {
  title: string;
  tags: Tag[];
  /** Whether search engines shall find the page. */
  listed: boolean;
}

const about = (name: string, content: string): Tag => ({ name: "meta", attributes: { name, content } });
const shared = (property: string, content: string): Tag => ({ name: "meta", attributes: { property, content } });

/**
 * What a page's head tells of it. `origin` is where the site is found, "https://example.com"; null for an address
 * without a page.
 */
export function tell(match: Match | null, path: string, origin: string): Told {
  const meta = metaOf(match);
  const title = meta.title ?? defaultTitle(match);
  const description = meta.description ?? site.description;
  const image = meta.image ?? site.image;
  const listed = match !== null && !match.route.guarded && !meta.hidden;
  const address = absolute(path, origin);
  const tags = [
    about("description", description),
    ...(listed ? [{ name: "link", attributes: { rel: "canonical", href: address } } as const] : [about("robots", "noindex")]),
    shared("og:title", title),
    shared("og:description", description),
    shared("og:type", "website"),
    shared("og:url", address),
    shared("og:site_name", site.name),
    ...(image ? [shared("og:image", absolute(image, origin))] : []),
    about("twitter:card", image ? "summary_large_image" : "summary"),
  ];
  return { title, tags, listed };
}

function metaOf(match: Match | null): Meta {
  const meta = match?.route.meta;
  return (typeof meta === "function" ? meta(match?.params ?? {}) : meta) ?? {};
}

function defaultTitle(match: Match | null): string {
  if (match?.route.path === "/") return site.title;
  const own = match ? titleOf(match) : texts.notFoundTitle;
  return own ? `${own} · ${site.name}` : site.name;
}

function absolute(address: string, origin: string): string {
  return address.startsWith("/") ? origin + encodeURI(address) : address;
}
