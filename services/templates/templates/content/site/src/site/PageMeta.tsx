import { useEffect } from "react";
import { useLocation } from "react-router";

import type { AppRoute } from "@/routing";
import { matchOf } from "@/routing/current";

import { tell, type Tag } from "./meta";

const KEYS = ["rel", "name", "property"];
const OURS = 'meta[name="description"], meta[name="robots"], meta[property^="og:"], meta[name^="twitter:"], link[rel="canonical"]';

/** Has the page's head tell of the page that is shown, after people went from one to another. Behind the AppShell. */
export function PageMeta({ routes }: { routes: AppRoute[] }) {
  const { pathname } = useLocation();
  useEffect(() => {
    const { title, tags } = tell(matchOf(routes, pathname), decodeURI(pathname), window.location.origin);
    document.title = title;
    const kept = new Set<Element>(tags.map(put));
    document.head.querySelectorAll(OURS).forEach((element) => !kept.has(element) && element.remove());
  }, [routes, pathname]);
  return null;
}

function put({ name, attributes }: Tag): Element {
  const key = KEYS.find((each) => each in attributes) ?? "name";
  const selector = `${name}[${key}="${attributes[key]}"]`;
  const element = document.head.querySelector(selector) ?? document.head.appendChild(document.createElement(name));
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}
