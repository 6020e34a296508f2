import { Plus, X } from "lucide-react";
import { Controller, useFieldArray, useFormContext } from "react-hook-form";

import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { FieldError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { CardValues } from "@/data/cardSchema";

/** A card's smaller steps. */
export function Checklist() {
  const { control, register, formState } = useFormContext<CardValues>();
  const { fields, append, remove } = useFieldArray({ control, name: "checklist" });
  return (
    <fieldset className="space-y-2">
      <legend className="text-sm font-medium">Checklist</legend>
      {fields.map(({ id }, index) => {
        const problem = formState.errors.checklist?.[index]?.text;
        const name = `Step ${index + 1}`;
        return (
          <div key={id}>
            <div className="flex items-center gap-2">
              <Controller
                control={control}
                name={`checklist.${index}.done`}
                render={({ field: { value, onChange } }) => (
                  <Checkbox
                    aria-label={`${name} is done`}
                    checked={value}
                    onCheckedChange={(checked) => onChange(checked === true)}
                  />
                )}
              />
              <Input aria-label={name} aria-invalid={Boolean(problem)} {...register(`checklist.${index}.text`)} />
              <Button type="button" variant="ghost" size="icon-sm" aria-label={`Remove ${name}`} onClick={() => remove(index)}>
                <X aria-hidden />
              </Button>
            </div>
            <FieldError errors={[problem]} />
          </div>
        );
      })}
      <Button type="button" variant="ghost" size="sm" onClick={() => append({ text: "", done: false })}>
        <Plus aria-hidden />
        Add a step
      </Button>
    </fieldset>
  );
}
