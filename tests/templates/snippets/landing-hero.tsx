import { motion, AnimatePresence } from "framer-motion";
import { useState } from "react";
import { ArrowRight, CheckCircle2, Facebook, Instagram, Sparkles, Star, Twitter } from "lucide-react";
import { Accordion, AccordionContent, AccordionItem, AccordionTrigger } from "@/components/ui/accordion";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent } from "@/components/ui/card";

const fadeUp = { hidden: { opacity: 0, y: 24 }, visible: { opacity: 1, y: 0 } };

const faqs = [
  { q: "Is it free?", a: "Yes, for up to three projects." },
  { q: "Can I cancel anytime?", a: "Of course. No questions asked." },
];

export default function Landing() {
  const [visible, setVisible] = useState(true);
  return (
    <div className="min-h-screen bg-background">
      <section className="container mx-auto px-4 py-24 text-center">
        <motion.div initial="hidden" animate="visible" variants={fadeUp} transition={{ duration: 0.6 }}>
          <Badge variant="secondary" className="mb-4">
            <Sparkles className="mr-1 h-3 w-3" /> New in 2.0
          </Badge>
          <h1 className="text-4xl font-extrabold tracking-tight sm:text-6xl">
            Build faster with <span className="bg-gradient-to-r from-primary to-purple-600 bg-clip-text text-transparent">Acme</span>
          </h1>
          <p className="mx-auto mt-6 max-w-2xl text-lg text-muted-foreground">Everything you need to ship your next idea.</p>
          <div className="mt-8 flex items-center justify-center gap-4">
            <Button size="lg" className="group" asChild>
              <a href="#features">
                Get started <ArrowRight className="ml-2 h-4 w-4 transition-transform group-hover:translate-x-1" />
              </a>
            </Button>
            <Button size="lg" variant="outline" onClick={() => setVisible((v) => !v)}>
              Toggle
            </Button>
          </div>
        </motion.div>
      </section>
      <section id="features" className="grid gap-6 md:grid-cols-3">
        <AnimatePresence>
          {visible &&
            ["Fast", "Secure", "Simple"].map((title, i) => (
              <motion.div
                key={title}
                initial={{ opacity: 0, scale: 0.9 }}
                whileInView={{ opacity: 1, scale: 1 }}
                exit={{ opacity: 0 }}
                viewport={{ once: true }}
                transition={{ delay: i * 0.1 }}
                whileHover={{ y: -4 }}
              >
                <Card className="h-full border-none shadow-lg">
                  <CardContent className="pt-6">
                    <CheckCircle2 className="mb-4 h-8 w-8 text-primary" />
                    <h3 className="text-xl font-semibold">{title}</h3>
                    <div className="flex">
                      {[...Array(5)].map((_, n) => (
                        <Star key={n} className="h-4 w-4 fill-yellow-400 text-yellow-400" />
                      ))}
                    </div>
                  </CardContent>
                </Card>
              </motion.div>
            ))}
        </AnimatePresence>
      </section>
      <Accordion type="single" collapsible className="mx-auto w-full max-w-2xl">
        {faqs.map((faq, index) => (
          <AccordionItem key={index} value={`item-${index}`}>
            <AccordionTrigger className="text-left">{faq.q}</AccordionTrigger>
            <AccordionContent className="text-muted-foreground">{faq.a}</AccordionContent>
          </AccordionItem>
        ))}
      </Accordion>
      <footer className="flex justify-center gap-4 py-8">
        <Facebook className="h-5 w-5" />
        <Instagram className="h-5 w-5" />
        <Twitter className="h-5 w-5" />
      </footer>
    </div>
  );
}
