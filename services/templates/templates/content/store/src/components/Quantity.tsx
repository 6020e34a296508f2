import { Minus, Plus } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { MOST } from "@/store";
import { texts } from "@/texts/store";

interface QuantityProps {
  label: string;
  value: number;
  onChange: (value: number) => void;
}

export function Quantity({ label, value, onChange }: QuantityProps) {
  const step = (by: number) => onChange(Math.max(1, Math.min(MOST, value + by)));
  return (
    <div role="group" aria-label={label} className="flex w-fit items-center rounded-md border border-input">
      <Button
        type="button"
        variant="ghost"
        size="icon"
        aria-label={texts.fewer}
        disabled={value <= 1}
        onClick={() => step(-1)}
      >
        <Minus aria-hidden />
      </Button>
      <Input
        inputMode="numeric"
        aria-label={label}
        value={value}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => {
          const typed = Number.parseInt(event.target.value, 10);
          if (typed >= 1) onChange(Math.min(MOST, typed));
        }}
        className="w-11 border-0 px-0 text-center tabular-nums shadow-none"
      />
      <Button
        type="button"
        variant="ghost"
        size="icon"
        aria-label={texts.another}
        disabled={value >= MOST}
        onClick={() => step(1)}
      >
        <Plus aria-hidden />
      </Button>
    </div>
  );
}
