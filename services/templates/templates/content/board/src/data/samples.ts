import { rankBetween } from "@/board/moves";
import type { CardData } from "@/data/cards";
import { inDays } from "@/data/dates";

const check = (...texts: [string, boolean][]) => texts.map(([text, done]) => ({ text, done }));

/** In the order in which they stand; days are counted from the first visit. */
export function sampleCards(): CardData[] {
  const cards: Omit<CardData, "rank">[] = [
    card("Newsletter for spring", "ideas", { labels: ["content"] }),
    card("A page for the press", "ideas", { labels: ["design", "content"], notes: "Logos, photographs, whom to call." }),
    card("Ask ten customers what they miss", "todo", {
      labels: ["research"],
      person: "Mei Tanaka",
      due: inDays(6),
      checklist: check(["Write the questions", true], ["Choose whom to ask", false], ["Book the calls", false]),
    }),
    card("Photographs of the workshop", "todo", { labels: ["content"], person: "Rafael Costa", due: inDays(12) }),
    card("Sketch the new start page", "doing", {
      labels: ["design", "urgent"],
      person: "Amara Okafor",
      due: inDays(1),
      notes: "First for phones. Keep the search where it is.",
      checklist: check(["Header", true], ["Offers", true], ["Footer", false]),
    }),
    card("Prices for next year", "doing", { labels: ["research"], person: "Jonas Lindqvist", due: inDays(-2) }),
    card("Choose a name", "done", { labels: ["content"], person: "Amara Okafor" }),
    card("Open the shared calendar", "done", { person: "Jonas Lindqvist", checklist: check(["Invite everybody", true]) }),
  ];
  let rank: string | undefined;
  return cards.map((each) => ({ ...each, rank: (rank = rankBetween(rank, undefined)) }));
}

function card(title: string, stage: string, more: Partial<CardData>): Omit<CardData, "rank"> {
  return { notes: "", labels: [], due: null, person: null, checklist: [], ...more, title, stage };
}
