import { Armchair, Compass, Hammer, type LucideIcon } from "lucide-react";

import type { SceneName } from "@/components/Scene";

export const hero = {
  eyebrow: "Interior design & build",
  title: "Rooms that feel like you have always lived there",
  text: "We plan, draw and build warm, lasting interiors for homes, cafés and small workplaces: one studio, one price, one date.",
  facts: [
    { value: "140+", label: "rooms finished" },
    { value: "12", label: "years at the bench" },
    { value: "9 in 10", label: "clients come by word of mouth" },
  ],
};

interface Service {
  icon: LucideIcon;
  title: string;
  text: string;
}

export const services: Service[] = [
  { icon: Compass, title: "Plan", text: "We measure, listen and draw until the plan fits how you really use the room, hour by hour." },
  { icon: Armchair, title: "Furnish", text: "Fabrics, lamps and furniture chosen to age well, from makers we have known for years." },
  { icon: Hammer, title: "Build", text: "Our own joiners, one site manager, and a weekly note with pictures of how it goes." },
];

export const works: { scene: SceneName; title: string; place: string }[] = [
  { scene: "arch", title: "A kitchen under the arches", place: "Townhouse, 2025" },
  { scene: "window", title: "Reading room with a long view", place: "Farmhouse, 2025" },
  { scene: "shelf", title: "Shelves for four thousand books", place: "Apartment, 2024" },
  { scene: "table", title: "Twelve seats and a stove", place: "Café, 2024" },
];

export const voices = [
  { quote: "They asked where the morning sun falls before they asked about the budget. It shows in every corner.", name: "Ines Moreau", role: "House by the river" },
  { quote: "Finished on the day they had promised, for the price they had promised. Our guests stay twice as long.", name: "Tomás Rivera", role: "Café Alba" },
  { quote: "Two people, a small flat and far too many books. Now everything has its place, and there is room to dance.", name: "Jun & Mara", role: "Apartment, third floor" },
];

export const prices = [
  { name: "Consultation", price: "€180", unit: "once", text: "Two hours on site with sketches you can keep.", points: ["Visit and measurements", "Colours and materials", "A list of what to do first"] },
  { name: "One room", price: "€2,400", unit: "from", text: "A whole room from the first drawing to the last lamp.", points: ["Everything in a consultation", "Plans and a 3D model", "Furniture and fabrics", "We are there on the day"], best: true },
  { name: "Whole home", price: "€95", unit: "per m²", text: "Design and building in one hand, with a fixed date.", points: ["Everything for a room", "Our own joiners", "Permits and neighbours", "Two years of care"] },
];

export const questions = [
  { question: "How long does a room take?", answer: "Six to ten weeks for most rooms: two for drawings, three for what has to be made, the rest on site. You get a date before you sign." },
  { question: "Do you work with what I already own?", answer: "Gladly. Most rooms keep a third of their furniture, some of it with new covers or a new place in the room." },
  { question: "What if I do not like a draft?", answer: "Then we draw it again. Two rounds of changes are part of every price, and few clients need the second." },
  { question: "Do you travel?", answer: "Within two hours of the studio at no cost, further away by agreement. Consultations work by video as well." },
];
