import { Database, LayoutTemplate, Palette, ShieldCheck } from "lucide-react";

import { Badge } from "@/components/ui/badge";
import { Card, CardContent } from "@/components/ui/card";

const PARTS = [
  { icon: LayoutTemplate, title: "Pages and a menu", text: "Every page has its own address, and loads when it is needed." },
  { icon: Palette, title: "A kit and a theme", text: "Components for light and dark screens, from phones to wide ones." },
  { icon: Database, title: "Data", text: "Lists that this browser keeps, or tables that people share." },
  { icon: ShieldCheck, title: "Accounts", text: "Signing in, a forgotten password, and pages for members only." },
];

export function Home() {
  return (
    <div className="mx-auto max-w-3xl space-y-10 py-6 sm:py-14">
      <header className="space-y-4">
        <Badge variant="secondary">New app</Badge>
        <h1 className="text-4xl font-semibold tracking-tight text-balance sm:text-5xl">Ready to be built</h1>
        <p className="max-w-prose text-lg text-muted-foreground text-pretty">
          This page is a placeholder. Describe what the app should do, and it takes this page’s place.
        </p>
      </header>
      <section aria-labelledby="parts" className="space-y-4">
        <h2 id="parts" className="text-lg font-semibold tracking-tight">
          What is already here
        </h2>
        <ul className="grid gap-4 sm:grid-cols-2">
          {PARTS.map(({ icon: Icon, title, text }) => (
            <li key={title}>
              <Card className="h-full">
                <CardContent className="flex gap-4">
                  <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-primary" />
                  <div className="space-y-1">
                    <h3 className="font-medium">{title}</h3>
                    <p className="text-sm text-muted-foreground text-pretty">{text}</p>
                  </div>
                </CardContent>
              </Card>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
