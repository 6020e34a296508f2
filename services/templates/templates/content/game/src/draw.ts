import { faded, type Pen } from "@/game";

import { BOWL, FIELD, type Pop, type State, type Thing } from "./rules";

const STARS = Array.from({ length: 46 }, (_, at) => ({
  x: (at * 149.3) % FIELD.width,
  y: (at * 233.7) % FIELD.height,
  size: 0.6 + ((at * 7) % 5) * 0.35,
}));

/** From the far one to the near one; they lie above each other, so each is darker than the one before. */
const HILLS = [
  { top: 120, rise: 26, wave: 92, share: 0.1 },
  { top: 74, rise: 18, wave: 61, share: 0.14 },
  { top: 30, rise: 10, wave: 118, share: 0.18 },
];

/** Paints what lies between two states. */
export function draw(pen: Pen, before: State, now: State, blend: number): void {
  const at = (from: number, to: number) => from + (to - from) * blend;
  const earlier = new Map(before.things.map((thing) => [thing.id, thing]));
  drawSky(pen, pen.still ? 0 : at(before.time, now.time));
  for (const thing of now.things) {
    const y = at(earlier.get(thing.id)?.y ?? thing.y, thing.y);
    drawThing(pen, { ...thing, y }, pen.still ? 0 : now.time);
  }
  if (!pen.still) now.pops.forEach((pop) => drawPop(pen, pop));
  drawBowl(pen, at(before.x, now.x), now.hurt > 0);
}

function drawSky({ context, width, height, colours }: Pen, time: number): void {
  const sky = context.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, colours.accent);
  sky.addColorStop(0.6, colours.card);
  sky.addColorStop(1, colours.accent);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  context.fillStyle = faded(colours["muted-foreground"], 0.4);
  for (const { x, y, size } of STARS) {
    context.beginPath();
    context.arc(x, (y + time * size * 14) % height, size, 0, Math.PI * 2);
    context.fill();
  }
  HILLS.forEach(({ top, rise, wave, share }) => {
    context.fillStyle = faded(colours.primary, share);
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 8) context.lineTo(x, height - top - rise * Math.sin(x / wave));
    context.lineTo(width, height);
    context.fill();
  });
}

function drawThing(pen: Pen, thing: Thing, time: number): void {
  const { context } = pen;
  context.save();
  context.translate(thing.x, thing.y);
  if (thing.kind === "spark") drawSpark(pen, thing);
  else if (thing.kind === "shard") drawShard(pen, thing, time);
  else drawHeart(pen, thing.radius);
  context.restore();
}

function drawSpark({ context, colours }: Pen, { radius, hue }: Thing): void {
  const colour = colours[`chart-${hue}`];
  const glow = context.createRadialGradient(0, 0, radius * 0.3, 0, 0, radius * 2.3);
  glow.addColorStop(0, faded(colour, 0.5));
  glow.addColorStop(1, faded(colour, 0));
  context.fillStyle = glow;
  context.beginPath();
  context.arc(0, 0, radius * 2.3, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = colour;
  context.beginPath();
  context.arc(0, 0, radius, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = faded(colours.card, 0.65);
  context.beginPath();
  context.arc(-radius * 0.3, -radius * 0.35, radius * 0.3, 0, Math.PI * 2);
  context.fill();
}

/** Eight spikes: nobody has to tell it from a spark by its colour. */
function drawShard({ context, colours }: Pen, { radius, id }: Thing, time: number): void {
  context.rotate(id + time * 1.6);
  context.beginPath();
  for (let corner = 0; corner < 16; corner++) {
    const far = corner % 2 ? radius * 0.52 : radius * 1.25;
    context.lineTo(Math.cos((corner * Math.PI) / 8) * far, Math.sin((corner * Math.PI) / 8) * far);
  }
  context.closePath();
  context.fillStyle = colours.destructive;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colours.card;
  context.stroke();
}

function drawHeart({ context, colours }: Pen, radius: number): void {
  context.beginPath();
  context.moveTo(0, radius);
  context.bezierCurveTo(-radius * 1.7, -radius * 0.1, -radius * 0.8, -radius * 1.3, 0, -radius * 0.45);
  context.bezierCurveTo(radius * 0.8, -radius * 1.3, radius * 1.7, -radius * 0.1, 0, radius);
  context.fillStyle = colours.success;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colours.card;
  context.stroke();
}

function drawPop({ context, colours }: Pen, { kind, x, y, age }: Pop): void {
  const colour = { spark: colours.primary, shard: colours.destructive, heart: colours.success }[kind];
  const gone = Math.min(1, age / 0.5);
  context.strokeStyle = faded(colour, 1 - gone);
  context.lineWidth = 3 * (1 - gone) + 0.5;
  for (let ray = 0; ray < 8; ray++) {
    const angle = (ray * Math.PI) / 4;
    const [from, to] = [8 + gone * 18, 14 + gone * 30];
    context.beginPath();
    context.moveTo(x + Math.cos(angle) * from, y + Math.sin(angle) * from);
    context.lineTo(x + Math.cos(angle) * to, y + Math.sin(angle) * to);
    context.stroke();
  }
}

function drawBowl({ context, colours }: Pen, x: number, hurt: boolean): void {
  const { width, height, y } = BOWL;
  const half = width / 2;
  context.fillStyle = hurt ? colours.destructive : colours.primary;
  context.beginPath();
  context.moveTo(x - half, y);
  context.bezierCurveTo(x - half, y + height * 1.5, x + half, y + height * 1.5, x + half, y);
  context.closePath();
  context.fill();
  context.beginPath();
  context.roundRect(x - half - 5, y - 6, width + 10, 9, 4.5);
  context.fill();
  context.fillStyle = faded(colours["primary-foreground"], 0.4);
  context.beginPath();
  context.roundRect(x - half + 8, y + 6, width * 0.3, 3.5, 2);
  context.fill();
}
