import { zodResolver } from "@hookform/resolvers/zod";
import { MailIcon } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";

import {
  Button,
  Calendar,
  Checkbox,
  Combobox,
  DatePicker,
  DateRangePicker,
  Field,
  FieldDescription,
  FieldError,
  FieldGroup,
  FieldLabel,
  FileUpload,
  Form,
  FormControl,
  FormDescription,
  FormField,
  FormItem,
  FormLabel,
  FormMessage,
  Input,
  InputGroup,
  InputGroupAddon,
  InputGroupButton,
  InputGroupInput,
  InputOTP,
  InputOTPGroup,
  InputOTPSlot,
  Label,
  NativeSelect,
  NativeSelectOption,
  RadioGroup,
  RadioGroupItem,
  Select,
  SelectContent,
  SelectItem,
  SelectTrigger,
  SelectValue,
  Slider,
  Switch,
  Textarea,
} from "@/components/ui";

import type { Shows } from "../App";

const fruit = ["Apple", "Pear", "Plum"];
const schema = z.object({ name: z.string().min(2, "At least two letters.") });

function ExampleForm() {
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { name: "" } });
  return (
    <Form {...form}>
      <form onSubmit={form.handleSubmit(() => undefined)} className="space-y-4">
        <FormField
          control={form.control}
          name="name"
          render={({ field }) => (
            <FormItem>
              <FormLabel>Name of the list</FormLabel>
              <FormControl>
                <Input {...field} />
              </FormControl>
              <FormDescription>Others see it.</FormDescription>
              <FormMessage />
            </FormItem>
          )}
        />
        <Button type="submit">Save the list</Button>
      </form>
    </Form>
  );
}

function Dates() {
  const [day, setDay] = useState<Date | undefined>(new Date(2026, 4, 12));
  return (
    <div className="flex flex-wrap gap-2">
      <DatePicker value={day} onChange={setDay} />
      <DateRangePicker value={{ from: new Date(2026, 4, 12), to: new Date(2026, 4, 16) }} />
    </div>
  );
}

export const entry: Shows = {
  input: () => (
    <div className="grid gap-2">
      <Input aria-label="Title" placeholder="Title" />
      <Input aria-label="Wrong" aria-invalid defaultValue="Wrong" />
      <Input aria-label="File" type="file" />
    </div>
  ),
  "input-group": () => (
    <InputGroup>
      <InputGroupAddon>
        <MailIcon />
      </InputGroupAddon>
      <InputGroupInput aria-label="E-mail" placeholder="E-mail" />
      <InputGroupAddon align="inline-end">
        <InputGroupButton>Send</InputGroupButton>
      </InputGroupAddon>
    </InputGroup>
  ),
  textarea: () => <Textarea aria-label="Note" placeholder="What stays with you?" />,
  label: () => (
    <div className="space-y-2">
      <Label htmlFor="labelled">Labelled</Label>
      <Input id="labelled" />
    </div>
  ),
  field: () => (
    <FieldGroup>
      <Field>
        <FieldLabel htmlFor="city">City</FieldLabel>
        <Input id="city" />
        <FieldDescription>Where you live.</FieldDescription>
      </Field>
      <Field data-invalid>
        <FieldLabel htmlFor="zip">Postcode</FieldLabel>
        <Input id="zip" aria-invalid />
        <FieldError>Five digits, please.</FieldError>
      </Field>
      <Field orientation="horizontal">
        <Checkbox id="post" />
        <FieldLabel htmlFor="post">Send me post</FieldLabel>
      </Field>
    </FieldGroup>
  ),
  form: ExampleForm,
  checkbox: () => (
    <div className="flex gap-4">
      <Checkbox aria-label="Off" />
      <Checkbox aria-label="On" defaultChecked />
      <Checkbox aria-label="Some" checked="indeterminate" />
      <Checkbox aria-label="Disabled" disabled defaultChecked />
    </div>
  ),
  "radio-group": () => (
    <RadioGroup defaultValue="Pear" aria-label="Fruit">
      {fruit.map((name) => (
        <Label key={name} className="font-normal">
          <RadioGroupItem value={name} /> {name}
        </Label>
      ))}
    </RadioGroup>
  ),
  switch: () => (
    <div className="flex items-center gap-4">
      <Switch aria-label="Off" />
      <Switch aria-label="On" defaultChecked />
      <Switch aria-label="Small" size="sm" defaultChecked />
    </div>
  ),
  slider: () => (
    <div className="space-y-6">
      <Slider aria-label="Volume" defaultValue={[40]} />
      <Slider defaultValue={[20, 70]} />
    </div>
  ),
  select: () => (
    <Select>
      <SelectTrigger aria-label="Fruit" className="w-48">
        <SelectValue placeholder="Choose fruit" />
      </SelectTrigger>
      <SelectContent>
        {fruit.map((name) => (
          <SelectItem key={name} value={name}>
            {name}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  ),
  "native-select": () => (
    <NativeSelect aria-label="Native fruit">
      {fruit.map((name) => (
        <NativeSelectOption key={name}>{name}</NativeSelectOption>
      ))}
    </NativeSelect>
  ),
  combobox: () => (
    <Combobox
      aria-label="Search fruit"
      options={fruit.map((name) => ({ value: name.toLowerCase(), label: name }))}
    />
  ),
  calendar: () => (
    <Calendar
      mode="range"
      selected={{ from: new Date(2026, 4, 12), to: new Date(2026, 4, 16) }}
      defaultMonth={new Date(2026, 4)}
    />
  ),
  "date-picker": Dates,
  "input-otp": () => (
    <InputOTP maxLength={4} aria-label="Code" defaultValue="12">
      <InputOTPGroup>
        {[0, 1, 2, 3].map((index) => (
          <InputOTPSlot key={index} index={index} />
        ))}
      </InputOTPGroup>
    </InputOTP>
  ),
  "file-upload": () => (
    <FileUpload multiple accept="image/*,.pdf" hint="Pictures and PDF, up to 5 MB" maxSize={5e6} />
  ),
};
