import { Link } from "react-router";

import { Scene } from "@/components/Scene";
import { Button } from "@/components/ui/button";
import { texts } from "@/texts/app";

export function NotFound() {
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center gap-6 px-4 py-16 text-center">
      <div className="size-56 overflow-hidden rounded-full">
        <Scene name="window" />
      </div>
      <h1 className="text-4xl text-balance">{texts.notFoundTitle}</h1>
      <p className="text-muted-foreground text-pretty">There is nothing at this address, or not any more.</p>
      <Button asChild>
        <Link to="/">{texts.goHome}</Link>
      </Button>
    </div>
  );
}
