/** Parts of https://schema.org that search engines show; every other property is taken as well. */
interface Thing {
  [property: string]: unknown;
  name?: string;
  description?: string;
  url?: string;
  image?: string | string[];
}

interface Address extends Thing {
  "@type": "PostalAddress";
  streetAddress?: string;
  postalCode?: string;
  addressLocality?: string;
  addressCountry?: string;
}

interface Organization extends Thing {
  "@type": "Organization" | "LocalBusiness" | "Restaurant" | "Bakery" | "Store" | "ProfessionalService";
  name: string;
  email?: string;
  telephone?: string;
  address?: Address;
  /** As "Mo-Fr 08:00-18:00". */
  openingHours?: string | string[];
  priceRange?: string;
  sameAs?: string[];
}

interface Article extends Thing {
  "@type": "Article" | "BlogPosting" | "NewsArticle";
  headline: string;
  /** ISO 8601. */
  datePublished: string;
  dateModified?: string;
  author?: { "@type": "Person" | "Organization"; name: string };
}

interface Questions extends Thing {
  "@type": "FAQPage";
  mainEntity: { "@type": "Question"; name: string; acceptedAnswer: { "@type": "Answer"; text: string } }[];
}

export type StructuredData = Organization | Article | Questions;

/** The entry for a list of questions with their answers. */
export function questionsData(list: readonly { question: string; answer: string }[]): Questions {
  return {
    "@type": "FAQPage",
    mainEntity: list.map(({ question, answer }) => ({
      "@type": "Question",
      name: question,
      acceptedAnswer: { "@type": "Answer", text: answer },
    })),
  };
}

/** Tells search engines what the page is about, in their own terms. */
export function JsonLd({ data }: { data: StructuredData }) {
  const text = JSON.stringify({ "@context": "https://schema.org", ...data }).replaceAll("<", "\\u003c");
  return <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: text }} />;
}
