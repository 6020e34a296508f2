import { ThemeToggle } from "@/core/ThemeToggle";
import { NotFound } from "@/pages/NotFound";
import { routes } from "@/routes";
import { AppShell, TopLayout } from "@/routing";

const APP_NAME = "Spark catcher";

export function App() {
  return (
    <AppShell
      name={APP_NAME}
      routes={routes}
      layout={TopLayout}
      actions={<ThemeToggle />}
      notFound={<NotFound />}
    />
  );
}
