import { Clock, Mail, MapPin, Phone } from "lucide-react";

import { ContactForm } from "@/components/ContactForm";
import { PageHeading } from "@/components/PageHeading";
import { site } from "@/content/site";

const WAYS = [
  { icon: Mail, label: "Mail", text: site.email, href: `mailto:${site.email}` },
  { icon: Phone, label: "Phone", text: site.phone, href: `tel:${site.phone.replaceAll(" ", "")}` },
  { icon: MapPin, label: "Studio", text: `${site.street}, ${site.city}` },
  { icon: Clock, label: "Hours", text: site.hours },
];

export function Contact() {
  return (
    <>
      <PageHeading title="Write to us" text="Tell us about the room, roughly when, and how you would like to feel in it." />
      <div className="mx-auto grid max-w-6xl gap-12 px-4 py-12 sm:px-6 sm:pb-24 lg:grid-cols-[3fr_2fr]">
        <ContactForm />
        <dl className="space-y-6 lg:border-l lg:pl-12">
          {WAYS.map(({ icon: Icon, label, text, href }) => (
            <div key={label} className="space-y-1">
              <dt className="flex items-center gap-2 text-sm text-muted-foreground">
                <Icon aria-hidden className="size-4" /> {label}
              </dt>
              <dd className="text-lg">
                {href ? (
                  <a href={href} className="inline-block py-1 underline underline-offset-4">
                    {text}
                  </a>
                ) : (
                  text
                )}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
