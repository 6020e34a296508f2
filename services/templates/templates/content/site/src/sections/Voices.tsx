import { Section } from "@/components/Section";
import { Card, CardContent } from "@/components/ui/card";
import { voices } from "@/content/home";

export function Voices() {
  return (
    <Section eyebrow="What clients say" title="The best part comes after we leave" className="bg-muted">
      <ul className="grid gap-6 md:grid-cols-3">
        {voices.map(({ quote, name, role }) => (
          <li key={name}>
            <Card className="h-full">
              <CardContent className="flex h-full flex-col justify-between gap-6">
                <blockquote className="font-heading text-lg leading-relaxed text-pretty">“{quote}”</blockquote>
                <p className="text-sm">
                  <span className="font-medium">{name}</span>
                  <span className="text-muted-foreground"> · {role}</span>
                </p>
              </CardContent>
            </Card>
          </li>
        ))}
      </ul>
    </Section>
  );
}
