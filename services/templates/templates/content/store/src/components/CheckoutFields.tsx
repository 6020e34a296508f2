import type { Control } from "react-hook-form";

import type { Checkout } from "@/checkout";
import {
  FormControl,
  FormDescription,
  FormField,
  FormItem,
  FormLabel,
  FormMessage,
} from "@/components/ui/form";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { NativeSelect } from "@/components/ui/native-select";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import { Textarea } from "@/components/ui/textarea";
import { deliveryCost, type Delivery } from "@/store";
import { texts } from "@/texts/store";

import { money } from "./Money";

interface Fields {
  control: Control<Checkout>;
}

interface TextFieldProps extends Fields {
  name: "email" | "name" | "street" | "postcode" | "city";
  autoComplete: string;
  type?: string;
}

export function TextField({ control, name, autoComplete, type = "text" }: TextFieldProps) {
  return (
    <FormField
      control={control}
      name={name}
      render={({ field }) => (
        <FormItem>
          <FormLabel>{texts[name]}</FormLabel>
          <FormControl>
            <Input type={type} autoComplete={autoComplete} {...field} />
          </FormControl>
          <FormMessage />
        </FormItem>
      )}
    />
  );
}

export function CountryField({ control }: Fields) {
  return (
    <FormField
      control={control}
      name="country"
      render={({ field }) => (
        <FormItem>
          <FormLabel>{texts.country}</FormLabel>
          <FormControl>
            <NativeSelect autoComplete="country-name" {...field}>
              {texts.countries.map((country) => (
                <option key={country}>{country}</option>
              ))}
            </NativeSelect>
          </FormControl>
          <FormMessage />
        </FormItem>
      )}
    />
  );
}

interface DeliveryFieldProps extends Fields {
  deliveries: Delivery[];
  goods: number;
}

export function DeliveryField({ control, deliveries, goods }: DeliveryFieldProps) {
  return (
    <FormField
      control={control}
      name="delivery"
      render={({ field }) => (
        <RadioGroup aria-label={texts.delivery} value={field.value} onValueChange={field.onChange}>
          {deliveries.map((delivery) => {
            const cost = deliveryCost(delivery, goods);
            return (
              <Label
                key={delivery.id}
                className="cursor-pointer items-center gap-3 rounded-lg border border-input p-3.5 font-normal transition-colors
                  hover:bg-accent has-data-[state=checked]:border-primary has-data-[state=checked]:bg-accent"
              >
                <RadioGroupItem value={delivery.id} />
                <span className="grow space-y-0.5">
                  <span className="block font-medium">{delivery.label}</span>
                  <span className="block text-muted-foreground">{delivery.hint}</span>
                </span>
                <span className="tabular-nums">{cost ? money(cost) : texts.free}</span>
              </Label>
            );
          })}
        </RadioGroup>
      )}
    />
  );
}

export function NoteField({ control }: Fields) {
  return (
    <FormField
      control={control}
      name="note"
      render={({ field }) => (
        <FormItem>
          <FormLabel>{texts.note}</FormLabel>
          <FormControl>
            <Textarea rows={3} {...field} />
          </FormControl>
          <FormDescription>{texts.noteHint}</FormDescription>
          <FormMessage />
        </FormItem>
      )}
    />
  );
}
