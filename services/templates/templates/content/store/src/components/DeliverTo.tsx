import type { Order } from "@/store";
import { texts } from "@/texts/store";

export function DeliverTo({ order: { address, note } }: { order: Order }) {
  const { name, street, postcode, city, country } = address;
  const lines = { name, street, place: [postcode, city].join(" "), country };
  return (
    <section aria-labelledby="deliver" className="space-y-2 text-sm">
      <h2 id="deliver" className="text-lg font-semibold tracking-tight">
        {texts.deliverTo}
      </h2>
      <address className="text-muted-foreground not-italic">
        {Object.entries(lines).map(([part, text]) => (
          <span key={part} className="block break-words">
            {text}
          </span>
        ))}
      </address>
      {note && <p className="break-words text-muted-foreground">{note}</p>}
    </section>
  );
}
