import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";

import { Button } from "@/components/ui/button";
import { Form, FormControl, FormField, FormItem, FormLabel, FormMessage } from "@/components/ui/form";
import { Input } from "@/components/ui/input";
import { NativeSelect } from "@/components/ui/native-select";
import { SheetFooter } from "@/components/ui/sheet";
import { Textarea } from "@/components/ui/textarea";
import { STATUSES, TEAMS, type Person } from "@/data/people";
import { personSchema, valuesOf, type PersonValues } from "@/data/personSchema";

interface PersonFormProps {
  person: Person | null;
  /** Addresses that others have. */
  taken: string[];
  /** `changed` is what was entered anew: others may have changed the rest meanwhile. */
  onSave: (values: PersonValues, changed: Partial<PersonValues>) => void;
  onCancel: () => void;
}

const TEXTS = [
  { name: "name", label: "Name", type: "text", autoComplete: "name" },
  { name: "email", label: "E-mail address", type: "email", autoComplete: "email" },
  { name: "role", label: "Role", type: "text", autoComplete: "organization-title" },
  { name: "joined", label: "Joined", type: "date", autoComplete: "off" },
] as const;

const CHOICES = [
  { name: "team", label: "Team", values: TEAMS },
  { name: "status", label: "Status", values: STATUSES },
] as const;

export function PersonForm({ person, taken, onSave, onCancel }: PersonFormProps) {
  const [begin] = useState(() => valuesOf(person));
  const form = useForm<PersonValues>({ resolver: zodResolver(personSchema(taken)), defaultValues: begin });

  function save(values: PersonValues) {
    const changed = Object.entries(values).filter(([name, value]) => value !== begin[name as keyof PersonValues]);
    onSave(values, Object.fromEntries(changed));
  }

  return (
    <Form {...form}>
      <form onSubmit={form.handleSubmit(save)} noValidate className="flex flex-1 flex-col gap-5">
        <div className="grid gap-5 px-5 sm:grid-cols-2">
          {TEXTS.map(({ name, label, ...input }) => (
            <FormField
              key={name}
              control={form.control}
              name={name}
              render={({ field }) => (
                <FormItem className="sm:col-span-2">
                  <FormLabel>{label}</FormLabel>
                  <FormControl>
                    <Input {...input} {...field} />
                  </FormControl>
                  <FormMessage />
                </FormItem>
              )}
            />
          ))}
          {CHOICES.map(({ name, label, values }) => (
            <FormField
              key={name}
              control={form.control}
              name={name}
              render={({ field }) => (
                <FormItem>
                  <FormLabel>{label}</FormLabel>
                  <FormControl>
                    <NativeSelect className="capitalize" {...field}>
                      {values.map((value) => (
                        <option key={value}>{value}</option>
                      ))}
                    </NativeSelect>
                  </FormControl>
                  <FormMessage />
                </FormItem>
              )}
            />
          ))}
          <FormField
            control={form.control}
            name="notes"
            render={({ field }) => (
              <FormItem className="sm:col-span-2">
                <FormLabel>Notes</FormLabel>
                <FormControl>
                  <Textarea rows={4} {...field} />
                </FormControl>
                <FormMessage />
              </FormItem>
            )}
          />
        </div>
        <SheetFooter className="flex-row justify-end">
          <Button type="button" variant="outline" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit">{person ? "Save" : "Add person"}</Button>
        </SheetFooter>
      </form>
    </Form>
  );
}
