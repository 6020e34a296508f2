import type { LayoutProps } from "@/routing";

import { Footer } from "./Footer";
import { Header } from "./Header";

/** Header and footer around every page; the sections of a page are as wide as they like. */
export function SiteLayout({ name, menu, actions, children }: LayoutProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <Header name={name} menu={menu} actions={actions} />
      <main id="main" tabIndex={-1} className="flex-1 outline-none">
        {children}
      </main>
      <Footer menu={menu} />
    </div>
  );
}
