import { PageHeading } from "@/components/PageHeading";
import { Scene } from "@/components/Scene";
import { Section } from "@/components/Section";
import { CallToAction } from "@/sections/CallToAction";

const VALUES = [
  { title: "Fewer, better things", text: "We would rather leave a wall empty than fill it with something you will tire of." },
  { title: "Made near by", text: "Our joiners, upholsterers and metalworkers are all within an hour of the studio." },
  { title: "Honest numbers", text: "One price, one date. What we got wrong is ours to pay." },
];

export function About() {
  return (
    <>
      <PageHeading
        title="Five people, one long workbench"
        text="We began in a shared workshop in 2014, with a kitchen for a friend. Today we are two designers, two joiners and one person who makes sure that everything arrives."
      />
      <div className="mx-auto mt-12 grid max-w-6xl gap-6 px-4 sm:grid-cols-2 sm:px-6">
        <div className="aspect-4/3 overflow-hidden rounded-xl">
          <Scene name="window" />
        </div>
        <div className="aspect-4/3 overflow-hidden rounded-xl">
          <Scene name="shelf" />
        </div>
      </div>
      <Section eyebrow="What we hold on to" title="Three habits">
        <ol className="grid gap-8 md:grid-cols-3">
          {VALUES.map(({ title, text }, index) => (
            <li key={title} className="space-y-3 border-t pt-5">
              <p aria-hidden className="font-heading text-2xl text-primary">
                {index + 1}
              </p>
              <h3 className="text-xl">{title}</h3>
              <p className="text-muted-foreground text-pretty">{text}</p>
            </li>
          ))}
        </ol>
      </Section>
      <CallToAction />
    </>
  );
}
