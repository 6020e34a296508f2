import { site } from "@/content/site";
import { CallToAction } from "@/sections/CallToAction";
import { Hero } from "@/sections/Hero";
import { Prices } from "@/sections/Prices";
import { Questions } from "@/sections/Questions";
import { Services } from "@/sections/Services";
import { Voices } from "@/sections/Voices";
import { Work } from "@/sections/Work";
import { JsonLd } from "@/site/JsonLd";

export function Home() {
  return (
    <>
      <Hero />
      <Services />
      <Work />
      <Voices />
      <Prices />
      <Questions />
      <CallToAction />
      <JsonLd
        data={{
          "@type": "ProfessionalService",
          name: site.name,
          description: site.description,
          email: site.email,
          telephone: site.phone,
          openingHours: "Mo-Fr 09:00-17:00",
          address: { "@type": "PostalAddress", streetAddress: site.street, addressLocality: site.city },
        }}
      />
    </>
  );
}
