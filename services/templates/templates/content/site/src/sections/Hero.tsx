import { ArrowRight } from "lucide-react";
import { Link } from "react-router";

import { Scene } from "@/components/Scene";
import { Button } from "@/components/ui/button";
import { hero } from "@/content/home";

export function Hero() {
  return (
    <section className="mx-auto grid max-w-6xl items-center gap-10 px-4 pt-10 pb-16 sm:px-6 sm:pt-16 lg:grid-cols-[1.1fr_1fr] lg:gap-16">
      <div className="space-y-7">
        <p className="text-sm font-medium text-primary">{hero.eyebrow}</p>
        <h1 className="text-4xl text-balance sm:text-5xl lg:text-6xl">{hero.title}</h1>
        <p className="max-w-xl text-lg text-muted-foreground text-pretty">{hero.text}</p>
        <div className="flex flex-wrap gap-3">
          <Button asChild size="lg">
            <Link to="/contact">
              Start a project <ArrowRight aria-hidden />
            </Link>
          </Button>
          <Button asChild size="lg" variant="outline">
            <a href="#work">See our work</a>
          </Button>
        </div>
        <dl className="grid grid-cols-3 gap-4 border-t pt-6">
          {hero.facts.map(({ value, label }) => (
            <div key={label} className="flex flex-col-reverse justify-end">
              <dt className="text-sm text-muted-foreground text-pretty">{label}</dt>
              <dd className="font-heading text-2xl">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div className="relative mx-auto aspect-4/5 w-full max-w-md lg:max-w-none">
        <Scene name="arch" className="rounded-t-full rounded-b-xl" />
        <div className="absolute bottom-6 -left-3 hidden w-40 overflow-hidden rounded-xl border-4 border-background sm:block lg:-left-10">
          <Scene name="table" className="aspect-square" />
        </div>
      </div>
    </section>
  );
}
