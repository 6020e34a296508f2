import { Section } from "@/components/Section";
import { services } from "@/content/home";

export function Services() {
  return (
    <Section
      eyebrow="What we do"
      title="From the first sketch to the last screw"
      text="You talk to the people who draw, and they stand beside the people who build."
      className="bg-muted"
    >
      <ul className="grid gap-10 md:grid-cols-3">
        {services.map(({ icon: Icon, title, text }) => (
          <li key={title} className="space-y-4">
            <span className="flex size-12 items-center justify-center rounded-full bg-secondary text-secondary-foreground">
              <Icon aria-hidden className="size-5" />
            </span>
            <h3 className="text-xl">{title}</h3>
            <p className="text-muted-foreground text-pretty">{text}</p>
          </li>
        ))}
      </ul>
    </Section>
  );
}
