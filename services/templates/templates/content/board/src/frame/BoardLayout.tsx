import { Brand, Main, Menu, type LayoutProps } from "@/routing";

/** As wide as the window, and as high, so that columns have all the room there is. */
export function BoardLayout({ name, menu, actions, children }: LayoutProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex min-h-14 flex-wrap items-center gap-x-6 gap-y-1 border-b bg-card px-4 py-2 sm:px-6">
        <Brand name={name} />
        {menu.length > 1 && <Menu menu={menu} className="flex flex-wrap gap-1 max-sm:order-last max-sm:w-full" />}
        <div className="ml-auto flex min-w-0 items-center gap-2">{actions}</div>
      </header>
      <Main className="flex flex-col py-5 sm:py-6">{children}</Main>
    </div>
  );
}
