import { Scene } from "@/components/Scene";
import { Section } from "@/components/Section";
import { works } from "@/content/home";

export function Work() {
  return (
    <div id="work" className="scroll-mt-16">
      <Section eyebrow="Recent work" title="Four rooms, four ways to live">
        <ul className="grid gap-x-6 gap-y-10 sm:grid-cols-2">
          {works.map(({ scene, title, place }) => (
            <li key={title} className="group">
              <figure className="space-y-3">
                <div className="aspect-4/3 overflow-hidden rounded-xl">
                  <Scene name={scene} className="transition-transform duration-500 group-hover:scale-103 motion-reduce:transform-none" />
                </div>
                <figcaption className="flex flex-wrap items-baseline justify-between gap-x-4">
                  <span className="font-medium">{title}</span>
                  <span className="text-sm text-muted-foreground">{place}</span>
                </figcaption>
              </figure>
            </li>
          ))}
        </ul>
      </Section>
    </div>
  );
}
