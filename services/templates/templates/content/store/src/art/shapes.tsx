import type { ReactNode } from "react";

/** Drawn in a square of 200, with the three shades that a picture has: full, pale and deep. */
export const SHAPES: Record<string, ReactNode> = {
  mug: (
    <>
      <path
        d="M82 52c-5-9 5-13 0-23M104 52c-5-9 5-13 0-23"
        className="stroke-(--pale)"
        fill="none"
        strokeWidth={4}
      />
      <path d="M128 84h14a20 20 0 0 1 0 46h-16" className="stroke-(--full)" fill="none" strokeWidth={11} />
      <path d="M52 66h82v64a30 30 0 0 1-30 30H82a30 30 0 0 1-30-30Z" className="fill-(--full)" />
      <path d="M52 66h82v26c-18 16-30-6-48 6-14 9-24 2-34-4Z" className="fill-(--deep)" />
    </>
  ),
  bowl: (
    <>
      <path d="M78 150h44l6 14H72Z" className="fill-(--deep)" />
      <path d="M30 82h140c0 44-30 72-70 72S30 126 30 82Z" className="fill-(--full)" />
      <ellipse cx={100} cy={82} rx={70} ry={17} className="fill-(--deep)" />
      <ellipse cx={100} cy={84} rx={58} ry={11} className="fill-(--pale)" />
    </>
  ),
  bottle: (
    <>
      <rect x={84} y={24} width={32} height={24} rx={6} className="fill-(--deep)" />
      <path
        d="M88 48h24v14c0 8 16 12 16 28v70a14 14 0 0 1-14 14H86a14 14 0 0 1-14-14V90c0-16 16-20 16-28Z"
        className="fill-(--full)"
      />
      <rect x={82} y={92} width={9} height={58} rx={4.5} className="fill-(--pale)" />
      <path d="M72 128h56v18H72Z" className="fill-(--deep)" opacity={0.5} />
    </>
  ),
  vase: (
    <>
      <path
        d="M100 84C98 58 84 46 74 34M100 84c2-28 14-40 26-50M100 84V30"
        className="stroke-(--deep)"
        fill="none"
        strokeWidth={4}
      />
      <circle cx={72} cy={32} r={11} className="fill-(--pale)" />
      <circle cx={128} cy={31} r={11} className="fill-(--pale)" />
      <circle cx={100} cy={25} r={12} className="fill-(--full)" />
      <path
        d="M88 80h24c0 18 24 28 24 56 0 22-16 36-36 36s-36-14-36-36c0-28 24-38 24-56Z"
        className="fill-(--full)"
      />
      <path
        d="M66 124c20 10 46-8 68-2 8 30-10 50-34 50S60 154 66 124Z"
        className="fill-(--deep)"
        opacity={0.55}
      />
    </>
  ),
  lamp: (
    <>
      <path d="M62 92 30 168h140L138 92Z" className="fill-(--pale)" opacity={0.5} />
      <rect x={96} y={88} width={8} height={76} className="fill-(--deep)" />
      <path d="M78 34h44l22 58H56Z" className="fill-(--full)" />
      <rect x={70} y={160} width={60} height={12} rx={6} className="fill-(--deep)" />
    </>
  ),
  blanket: (
    <>
      <rect x={38} y={122} width={124} height={34} rx={15} className="fill-(--deep)" />
      <rect x={44} y={90} width={112} height={34} rx={15} className="fill-(--full)" />
      <rect x={38} y={58} width={124} height={34} rx={15} className="fill-(--pale)" />
      <path d="M60 58v34M74 58v34M126 90v34M140 90v34" className="stroke-(--deep)" strokeWidth={5} />
    </>
  ),
  cushion: (
    <>
      <path d="M44 50q56 14 112 0-14 52 0 104-56-14-112 0 14-52 0-104Z" className="fill-(--full)" />
      <path d="M70 62v84M100 64v82M130 62v84" className="stroke-(--pale)" strokeWidth={7} />
    </>
  ),
  candle: (
    <>
      <path d="M100 34c12 14 14 22 8 30a10 10 0 0 1-16 0c-5-8-2-16 8-30Z" className="fill-(--full)" />
      <rect x={98} y={66} width={4} height={18} className="fill-(--deep)" />
      <rect x={62} y={84} width={76} height={80} rx={10} className="fill-(--pale)" />
      <path d="M62 104h76v50a10 10 0 0 1-10 10H72a10 10 0 0 1-10-10Z" className="fill-(--full)" />
      <rect x={76} y={118} width={48} height={28} rx={4} className="fill-(--deep)" opacity={0.6} />
    </>
  ),
  clock: (
    <>
      <circle cx={100} cy={100} r={66} className="fill-(--full)" />
      <circle cx={100} cy={100} r={54} className="fill-(--pale)" />
      <path d="M100 56v8M100 136v8M56 100h8M136 100h8" className="stroke-(--deep)" strokeWidth={6} />
      <path d="M100 68v32l24 16" className="stroke-(--deep)" strokeWidth={7} fill="none" />
    </>
  ),
  notebook: (
    <>
      <rect x={58} y={38} width={92} height={130} rx={8} className="fill-(--pale)" />
      <rect x={52} y={34} width={92} height={130} rx={8} className="fill-(--full)" />
      <rect x={52} y={34} width={18} height={130} rx={6} className="fill-(--deep)" />
      <rect x={84} y={58} width={44} height={22} rx={3} className="fill-(--pale)" />
      <rect x={128} y={34} width={6} height={130} className="fill-(--deep)" />
    </>
  ),
  pencils: (
    <>
      <path
        d="M66 96 58 40l-8-14-4 16 8 56ZM94 92V40l-6-16-6 16v52ZM118 94l10-52-2-16-10 14-10 52Z"
        className="fill-(--deep)"
      />
      <path d="M136 98l18-44 2-16-13 10-18 44Z" className="fill-(--full)" />
      <path d="M44 88h108l-8 72a12 12 0 0 1-12 10H64a12 12 0 0 1-12-10Z" className="fill-(--full)" />
      <path d="M47 116h102l-3 24H50Z" className="fill-(--pale)" />
    </>
  ),
  tote: (
    <>
      <path d="M74 84V62a26 26 0 0 1 52 0v22" className="stroke-(--deep)" fill="none" strokeWidth={9} />
      <path d="M48 78h104l10 82a10 10 0 0 1-10 11H48a10 10 0 0 1-10-11Z" className="fill-(--full)" />
      <path d="M72 108h56v30a10 10 0 0 1-10 10H82a10 10 0 0 1-10-10Z" className="fill-(--pale)" />
    </>
  ),
};
