import { Section } from "@/components/Section";
import { Accordion, AccordionContent, AccordionItem, AccordionTrigger } from "@/components/ui/accordion";
import { questions } from "@/content/home";
import { JsonLd, questionsData } from "@/site/JsonLd";

export function Questions() {
  return (
    <Section eyebrow="Questions" title="Asked before every project" className="bg-muted">
      <Accordion type="single" collapsible className="max-w-3xl">
        {questions.map(({ question, answer }) => (
          <AccordionItem key={question} value={question}>
            <AccordionTrigger className="py-5 text-base">{question}</AccordionTrigger>
            <AccordionContent className="max-w-prose text-base text-muted-foreground">{answer}</AccordionContent>
          </AccordionItem>
        ))}
      </Accordion>
      <JsonLd data={questionsData(questions)} />
    </Section>
  );
}
