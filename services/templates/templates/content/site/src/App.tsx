import { site } from "@/content/site";
import { ThemeToggle } from "@/core/ThemeToggle";
import { SiteLayout } from "@/layout/SiteLayout";
import { NotFound } from "@/pages/NotFound";
import { routes } from "@/routes";
import { AppShell } from "@/routing";
import { PageMeta } from "@/site/PageMeta";

export function App() {
  return (
    <>
      <AppShell
        name={site.name}
        routes={routes}
        layout={SiteLayout}
        actions={<ThemeToggle className="size-11" />}
        notFound={<NotFound />}
      />
      <PageMeta routes={routes} />
    </>
  );
}
