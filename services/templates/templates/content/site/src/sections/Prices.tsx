import { Check } from "lucide-react";
import { Link } from "react-router";

import { Section } from "@/components/Section";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardFooter, CardHeader } from "@/components/ui/card";
import { prices } from "@/content/home";
import { cn } from "@/core/utils";

export function Prices() {
  return (
    <Section eyebrow="Prices" title="You know what it costs before we begin" text="All prices include tax, visits and two rounds of changes.">
      <ul className="grid items-stretch gap-6 md:grid-cols-3">
        {prices.map(({ name, price, unit, text, points, best }) => (
          <li key={name}>
            <Card className={cn("h-full", best && "border-primary ring-1 ring-primary")}>
              <CardHeader className="space-y-2">
                <div className="flex items-center justify-between gap-2">
                  <h3 className="text-lg">{name}</h3>
                  {best && <Badge>Most chosen</Badge>}
                </div>
                <p className="flex items-baseline gap-2">
                  <span className="font-heading text-3xl">{price}</span>
                  <span className="text-sm text-muted-foreground">{unit}</span>
                </p>
                <p className="text-muted-foreground text-pretty">{text}</p>
              </CardHeader>
              <CardContent className="flex-1">
                <ul className="space-y-2.5 text-sm">
                  {points.map((point) => (
                    <li key={point} className="flex gap-2.5">
                      <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-primary" />
                      {point}
                    </li>
                  ))}
                </ul>
              </CardContent>
              <CardFooter>
                <Button asChild variant={best ? "default" : "outline"} className="w-full">
                  <Link to="/contact">Ask about: {name}</Link>
                </Button>
              </CardFooter>
            </Card>
          </li>
        ))}
      </ul>
    </Section>
  );
}
