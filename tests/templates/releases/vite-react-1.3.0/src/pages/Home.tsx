import { Badge, Card, CardContent, CardHeader, CardTitle } from "@/components/ui";

export function Home() {
  return (
    <div className="mx-auto max-w-2xl space-y-6 py-4 sm:py-10">
      <div className="space-y-3">
        <Badge variant="secondary">New app</Badge>
        <h1 className="text-3xl font-semibold tracking-tight text-balance sm:text-4xl">Ready to be built</h1>
        <p className="text-lg text-muted-foreground text-pretty">
          This page is a placeholder. Describe what the app should do, and it takes this page’s place.
        </p>
      </div>
      <Card>
        <CardHeader>
          <CardTitle>What is already here</CardTitle>
        </CardHeader>
        <CardContent>
          <ul className="list-disc space-y-1 pl-5 text-muted-foreground marker:text-primary">
            <li>Pages with their own address, and a menu made from them</li>
            <li>Forms, buttons and cards for light and dark screens</li>
            <li>Lists that are kept in this browser and shared between its tabs</li>
          </ul>
        </CardContent>
      </Card>
    </div>
  );
}
