export interface Article {
  /** The end of its address: /articles/light-first. */
  slug: string;
  title: string;
  /** One or two sentences, for the list and for search engines. */
  summary: string;
  /** Year, month and day. */
  date: string;
  minutes: number;
  /** Markdown. */
  text: string;
}

/** The newest first. */
export const articles: Article[] = [
  {
    slug: "light-first",
    title: "Light first, furniture later",
    summary: "Before anything is bought, follow the sun through a room for one day. It decides more than any sofa.",
    date: "2026-03-12",
    minutes: 4,
    text: `
A room changes its mood four times between breakfast and bedtime. Before you move a single chair, spend one day watching
where the light falls and where it never does.

## What to write down

- **Morning**: which wall is bright first? That is where a breakfast table wants to stand.
- **Noon**: where does it dazzle? Screens and glossy tops belong elsewhere.
- **Evening**: which corner goes dark first? It needs the first lamp.

> A lamp in the right corner does more than three on the ceiling.

## Then buy

With the day on paper the order is easy: curtains, lamps, and only then whatever people sit on. It saves money as well: most
sofas that come back to the shop stood in the wrong light.
`,
  },
  {
    slug: "three-woods",
    title: "Three woods we keep coming back to",
    summary: "Ash, oak and larch: what each is good at, how it ages, and where we would never use it.",
    date: "2026-02-03",
    minutes: 6,
    text: `
Wood is the one material that gets better by being touched. These three cover nearly all that we build.

## Ash

Light, tough and friendly to stain. We use it for chairs and shelves, wherever thin parts have to carry much.

## Oak

It forgives children, dogs and red wine. A table of oak looks best after ten years.

## Larch

The one for bathrooms and doorsteps: its resin keeps water out. It does scratch, so floors in hallways are oak again.
`,
  },
  {
    slug: "small-rooms",
    title: "Small rooms like big things",
    summary: "Why one generous table makes a narrow kitchen calmer than four clever folding ones.",
    date: "2025-11-20",
    minutes: 3,
    text: `
The instinct in a small room is to buy small. The result is a crowd of little things that all ask for attention.

## One big, few small

Choose **one** piece that would suit a room twice the size, such as a table along the whole wall, and keep everything else
quiet. The eye takes the room by its largest thing.

## Leave a gap

Keep one metre of wall empty. Nobody has ever missed the shelf that could have been there.
`,
  },
];

export function articleOf(slug: string | undefined): Article | undefined {
  return articles.find((article) => article.slug === slug);
}

const FORMAT = new Intl.DateTimeFormat("en", { dateStyle: "long", timeZone: "UTC" });

export function dateOf(article: Article): string {
  return FORMAT.format(new Date(`${article.date}T00:00:00Z`));
}
