import { Kbd } from "@/components/ui/kbd";
import { texts } from "@/texts/game";

const SHAPES: Record<string, string> = {
  spark: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z",
  shard:
    "M8 0l1.8 4.2L14 2.3l-2 4.2L16 8l-4 1.5 2 4.2-4.2-1.9L8 16l-1.8-4.2L2 13.7l2-4.2L0 8l4-1.5-2-4.2 4.2 2Z",
  heart: "M8 14C1 9 1 3.5 4.5 3 6.5 2.7 8 4.5 8 5c0-.5 1.5-2.3 3.5-2C15 3.5 15 9 8 14Z",
};
const FILLS: Record<string, string> = {
  spark: "fill-primary",
  shard: "fill-destructive",
  heart: "fill-success",
};

export function Help() {
  return (
    <section aria-labelledby="how" className="space-y-3">
      <h2 id="how" className="text-lg font-semibold tracking-tight">
        {texts.howTo}
      </h2>
      <ul className="space-y-2.5 text-sm">
        {texts.how.map(({ kind, text }) => (
          <li key={kind} className="flex gap-2.5">
            <svg aria-hidden viewBox="0 0 16 16" className={`mt-0.5 size-4 shrink-0 ${FILLS[kind]}`}>
              <path d={SHAPES[kind]} />
            </svg>
            {text}
          </li>
        ))}
      </ul>
      <ul className="space-y-2 text-sm text-muted-foreground">
        {texts.keys.map(({ keys, text }) => (
          <li key={text} className="flex items-center gap-1.5">
            {keys.map((key) => (
              <Kbd key={key}>{key}</Kbd>
            ))}
            {text}
          </li>
        ))}
      </ul>
    </section>
  );
}
