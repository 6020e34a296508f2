import { zodResolver } from "@hookform/resolvers/zod";
import { useState, type ReactNode } from "react";
import { useForm } from "react-hook-form";

import { Checklist } from "@/components/Checklist";
import { LabelChoice } from "@/components/LabelChoice";
import { Button } from "@/components/ui/button";
import { Form, FormControl, FormField, FormItem, FormLabel, FormMessage } from "@/components/ui/form";
import { Input } from "@/components/ui/input";
import { NativeSelect } from "@/components/ui/native-select";
import { SheetFooter } from "@/components/ui/sheet";
import { Textarea } from "@/components/ui/textarea";
import { PEOPLE, STAGES } from "@/data/board";
import { cardSchema, type CardValues } from "@/data/cardSchema";

interface CardFormProps {
  values: CardValues;
  isNew: boolean;
  /** `changed` is what was entered anew: others may have changed the rest meanwhile. */
  onSave: (values: CardValues, changed: (keyof CardValues)[]) => void;
  /** Stands beside the button that saves. */
  children?: ReactNode;
}

const CHOICES = [
  { name: "stage", label: "Column", options: STAGES.map(({ id, title }) => [id, title]) },
  { name: "person", label: "Person", options: [["", "Nobody"], ...PEOPLE.map((person) => [person, person])] },
] as const;

export function CardForm({ values, isNew, onSave, children }: CardFormProps) {
  const [begin] = useState(values);
  const form = useForm<CardValues>({ resolver: zodResolver(cardSchema), defaultValues: begin });

  function save(entered: CardValues) {
    const names = Object.keys(entered) as (keyof CardValues)[];
    onSave(
      entered,
      names.filter((name) => JSON.stringify(entered[name]) !== JSON.stringify(begin[name])),
    );
  }

  const field = (name: "title" | "notes" | "due", label: string, control: (props: object) => ReactNode) => (
    <FormField
      control={form.control}
      name={name}
      render={({ field: props }) => (
        <FormItem>
          <FormLabel>{label}</FormLabel>
          <FormControl>{control(props)}</FormControl>
          <FormMessage />
        </FormItem>
      )}
    />
  );
  return (
    <Form {...form}>
      <form onSubmit={form.handleSubmit(save)} noValidate className="flex flex-1 flex-col gap-5">
        <div className="space-y-5 px-5">
          {field("title", "Title", (props) => (
            <Input {...props} />
          ))}
          {field("notes", "Notes", (props) => (
            <Textarea rows={4} {...props} />
          ))}
          <LabelChoice />
          <div className="grid gap-5 sm:grid-cols-2">
            {CHOICES.map(({ name, label, options }) => (
              <FormField
                key={name}
                control={form.control}
                name={name}
                render={({ field: props }) => (
                  <FormItem>
                    <FormLabel>{label}</FormLabel>
                    <FormControl>
                      <NativeSelect {...props}>
                        {options.map(([value, title]) => (
                          <option key={value} value={value}>
                            {title}
                          </option>
                        ))}
                      </NativeSelect>
                    </FormControl>
                  </FormItem>
                )}
              />
            ))}
            {field("due", "Due", (props) => (
              <Input type="date" {...props} />
            ))}
          </div>
          <Checklist />
        </div>
        <SheetFooter className="flex-row justify-end">
          {children}
          <Button type="submit">{isNew ? "Add card" : "Save"}</Button>
        </SheetFooter>
      </form>
    </Form>
  );
}
