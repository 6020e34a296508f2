import { Link } from "react-router";

import { Button } from "@/components/ui/button";

export function CallToAction() {
  return (
    <section aria-labelledby="begin" className="mx-auto max-w-6xl px-4 py-16 sm:px-6 sm:py-24">
      <div className="flex flex-col items-center gap-6 rounded-xl bg-primary px-6 py-14 text-center text-primary-foreground sm:px-12 sm:py-20">
        <h2 id="begin" className="max-w-2xl text-3xl text-balance sm:text-4xl">
          Tell us about the room you think of most
        </h2>
        <p className="max-w-xl text-lg text-pretty">Write a few lines. We answer within two working days, with a first idea.</p>
        <Button asChild size="lg" variant="secondary">
          <Link to="/contact">Write to us</Link>
        </Button>
      </div>
    </section>
  );
}
