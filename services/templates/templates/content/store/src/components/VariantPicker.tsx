import { Label } from "@/components/ui/label";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import type { Product, Variant } from "@/store";
import { texts } from "@/texts/store";

import { money } from "./Money";

interface VariantPickerProps {
  product: Product;
  chosen: Variant;
  onChoose: (sku: string) => void;
}

export function VariantPicker({ product: { option = "", variants }, chosen, onChoose }: VariantPickerProps) {
  if (variants.length < 2) return null;
  const alike = variants.every(({ amount }) => amount === variants[0].amount);
  return (
    <div className="space-y-2.5">
      <p id="option" className="text-sm font-medium">
        {option}
      </p>
      <RadioGroup
        aria-labelledby="option"
        value={chosen.sku}
        onValueChange={onChoose}
        className="flex flex-wrap gap-2"
      >
        {variants.map(({ sku, label, amount, soldOut }) => (
          <Label
            key={sku}
            className="min-h-11 cursor-pointer gap-2.5 rounded-md border border-input px-3 transition-colors
              hover:bg-accent has-data-[state=checked]:border-primary has-data-[state=checked]:bg-accent
              has-disabled:cursor-not-allowed"
          >
            <RadioGroupItem value={sku} disabled={soldOut} />
            {label}
            <span className="font-normal text-muted-foreground">
              {soldOut ? texts.soldOut : alike ? "" : money(amount)}
            </span>
          </Label>
        ))}
      </RadioGroup>
    </div>
  );
}
