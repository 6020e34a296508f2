import { Link } from "react-router";

import { PageHeading } from "@/components/PageHeading";
import { articles, dateOf } from "@/content/articles";
import { path } from "@/routing";

export function Articles() {
  return (
    <>
      <PageHeading title="Journal" text="Notes from the workbench: light, wood, small rooms and what we learn from them." />
      <ul className="mx-auto mt-12 max-w-6xl px-4 pb-20 sm:px-6">
        {articles.map((article) => (
          <li key={article.slug} className="border-t">
            <article className="relative grid gap-x-10 gap-y-2 py-8 sm:grid-cols-[12rem_1fr]">
              <p className="text-sm text-muted-foreground">
                <time dateTime={article.date}>{dateOf(article)}</time>
                <br />
                {article.minutes} minutes
              </p>
              <div className="space-y-2">
                <h2 className="text-2xl text-balance">
                  <Link
                    to={path("/articles/:slug", { slug: article.slug })}
                    className="underline-offset-4 after:absolute after:inset-0 hover:underline"
                  >
                    {article.title}
                  </Link>
                </h2>
                <p className="max-w-prose text-muted-foreground text-pretty">{article.summary}</p>
              </div>
            </article>
          </li>
        ))}
      </ul>
    </>
  );
}
