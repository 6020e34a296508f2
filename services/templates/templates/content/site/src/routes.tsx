import { articleOf, articles } from "@/content/articles";
import { defineRoutes } from "@/routing";

export const routes = defineRoutes([
  { path: "/", page: () => import("@/pages/Home").then((m) => m.Home) },
  {
    path: "/about",
    label: "About",
    meta: { description: "Two designers, two joiners and one person who makes sure that everything arrives." },
    page: () => import("@/pages/About").then((m) => m.About),
  },
  {
    path: "/articles",
    label: "Journal",
    meta: { description: "Notes from the workbench: light, wood, small rooms and what we learn from them." },
    page: () => import("@/pages/Articles").then((m) => m.Articles),
  },
  {
    path: "/articles/:slug",
    title: ({ slug }) => articleOf(slug)?.title ?? "",
    meta: ({ slug }) => ({ description: articleOf(slug)?.summary }),
    entries: articles.map(({ slug }) => ({ slug })),
    page: () => import("@/pages/Article").then((m) => m.Article),
  },
  {
    path: "/contact",
    label: "Contact",
    meta: { description: "Tell us about the room, roughly when, and how you would like to feel in it." },
    page: () => import("@/pages/Contact").then((m) => m.Contact),
  },
]);
