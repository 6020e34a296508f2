import { ArrowLeft } from "lucide-react";
import Markdown from "react-markdown";
import { Link } from "react-router";

import { Button } from "@/components/ui/button";
import { articleOf, dateOf } from "@/content/articles";
import { site } from "@/content/site";
import { NotFound } from "@/pages/NotFound";
import { useRouteParams } from "@/routing";
import { JsonLd } from "@/site/JsonLd";

const PROSE =
  "space-y-5 text-lg leading-relaxed text-pretty [&_h2]:pt-4 [&_h2]:text-2xl [&_ul]:list-disc [&_ul]:space-y-2 [&_ul]:pl-6 " +
  "[&_ol]:list-decimal [&_ol]:space-y-2 [&_ol]:pl-6 [&_a]:text-primary [&_a]:underline [&_a]:underline-offset-4 " +
  "[&_blockquote]:border-l-2 [&_blockquote]:border-primary [&_blockquote]:pl-5 [&_blockquote]:font-heading [&_blockquote]:text-xl";

export function Article() {
  const { slug } = useRouteParams("/articles/:slug");
  const article = articleOf(slug);
  if (!article) return <NotFound />;
  return (
    <article className="mx-auto max-w-2xl space-y-8 px-4 py-14 sm:px-6 sm:py-20">
      <Button asChild variant="ghost" size="sm" className="-ml-3">
        <Link to="/articles">
          <ArrowLeft aria-hidden /> Journal
        </Link>
      </Button>
      <header className="space-y-4">
        <h1 className="text-4xl text-balance sm:text-5xl">{article.title}</h1>
        <p className="text-muted-foreground">
          <time dateTime={article.date}>{dateOf(article)}</time> · {article.minutes} minutes
        </p>
      </header>
      <div className={PROSE}>
        <Markdown>{article.text}</Markdown>
      </div>
      <JsonLd
        data={{
          "@type": "BlogPosting",
          headline: article.title,
          description: article.summary,
          datePublished: article.date,
          author: { "@type": "Organization", name: site.name },
        }}
      />
    </article>
  );
}
