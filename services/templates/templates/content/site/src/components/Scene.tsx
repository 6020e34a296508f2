import type { ReactNode } from "react";

import { cn } from "@/core/utils";

/** Pictures drawn in the theme's colours, until there are photographs in public/. */
const SCENES = {
  arch: (
    <>
      <path className="fill-primary/25" d="M70 300V150a130 130 0 0 1 260 0v150z" />
      <path className="fill-background/70" d="M110 300V165a90 90 0 0 1 180 0v135z" />
      <circle className="fill-chart-2/80" cx="238" cy="128" r="30" />
      <path className="fill-primary/70" d="M110 300v-62q45-34 90-8t90-14v84z" />
      <path className="fill-primary/85" d="M0 300h400v60H0z" />
    </>
  ),
  window: (
    <>
      <rect className="fill-background/75" x="60" y="50" width="200" height="190" rx="6" />
      <path className="fill-primary/45" d="M60 200q60-60 110-25t90-30v95H60z" />
      <circle className="fill-chart-2/80" cx="205" cy="100" r="24" />
      <path className="stroke-primary/60" d="M160 50v190M60 145h200" strokeWidth="5" fill="none" />
      <path className="fill-chart-2/80" d="M255 300v-70q0-26 26-26h60q26 0 26 26v70z" />
      <path className="fill-primary/80" d="M0 292h400v68H0z" />
    </>
  ),
  shelf: (
    <>
      <path className="fill-primary/65" d="M40 120h320v9H40zM40 210h320v9H40zM40 300h320v9H40z" />
      <path className="fill-chart-2/80" d="M62 62h18v58H62zM104 74h14v46h-14zM240 152h18v58h-18zM284 164h14v46h-14zM80 246h16v54H80z" />
      <path className="fill-chart-4/80" d="M84 54h16v66H84zM262 144h18v66h-18zM100 238h20v62h-20zM124 256h14v44h-14z" />
      <path className="fill-primary/35" d="M122 66h20v54h-20zM220 160h16v50h-16zM142 244h16v56h-16z" />
      <path className="fill-primary/80" d="M270 120q-4-34 18-50-2 30 6 50zM282 120q4-42 38-46-4 34-24 46z" />
      <circle className="fill-chart-2/60" cx="120" cy="184" r="26" />
      <path className="fill-chart-4/70" d="M230 300q0-44 34-44t34 44z" />
    </>
  ),
  table: (
    <>
      <path className="stroke-primary/50" d="M200 0v84" strokeWidth="4" />
      <path className="fill-chart-4/85" d="M150 130q0-50 50-50t50 50z" />
      <path className="fill-chart-4/20" d="M152 132h96l70 108H82z" />
      <path className="fill-chart-2/85" d="M40 236h320v16H40zM80 252h14v88H80zM306 252h14v88h-14z" />
      <path className="fill-primary/70" d="M184 236q-8-40 16-62 24 22 16 62z" />
      <path className="fill-primary/35" d="M112 236q0-22 22-22t22 22zM244 236q0-22 22-22t22 22z" />
      <path className="fill-primary/80" d="M0 332h400v28H0z" />
    </>
  ),
} satisfies Record<string, ReactNode>;

export type SceneName = keyof typeof SCENES;

export function Scene({ name, className }: { name: SceneName; className?: string }) {
  return (
    <svg
      viewBox="0 0 400 360"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden
      className={cn("size-full bg-secondary", className)}
    >
      {SCENES[name]}
    </svg>
  );
}
