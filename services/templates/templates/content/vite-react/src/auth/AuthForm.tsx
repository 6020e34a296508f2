import { useId, useRef, useState, type SubmitEvent } from "react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { texts } from "@/texts/auth";

import type { Problem } from "./problems";

export interface Credentials {
  email: string;
  password: string;
  name: string;
}

type Field = "email" | "password" | "name";

interface AuthFormProps {
  email?: boolean;
  password?: "current" | "new";
  name?: boolean;
  /** What the fields hold at first. */
  initial?: Partial<Credentials>;
  submit: string;
  busy: string;
  /** What went wrong; null when all went well. */
  onSubmit: (values: Credentials) => Promise<Problem | null>;
}

const SHAPES = {
  email: { type: "email", autoComplete: "email", maxLength: 255 },
  name: { type: "text", autoComplete: "name", maxLength: 100 },
  password: { type: "password" },
} as const;

function read(form: HTMLFormElement): Credentials {
  const data = new FormData(form);
  const text = (name: Field) => String(data.get(name) ?? "");
  return { email: text("email").trim(), password: text("password"), name: text("name").trim() };
}

/** Asks for an address, a name or a password, and says beside the field what is wrong with it. */
export function AuthForm({ email, password, name, initial, submit, busy, onSubmit }: AuthFormProps) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  async function send(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (sending) return;
    const values = read(event.currentTarget);
    setSending(true);
    setProblem(null);
    const found = await onSubmit(values);
    setSending(false);
    setProblem(found);
    if (found?.field) form.current?.querySelector<HTMLInputElement>(`[name=${found.field}]`)?.focus();
  }

  const about = (field: Field, label: string) => ({
    field,
    label,
    initial: initial?.[field],
    problem: problem?.field === field ? problem.message : undefined,
  });
  return (
    <form ref={form} onSubmit={send} className="space-y-5">
      {name && <FormRow {...about("name", texts.name)} />}
      {email && <FormRow {...about("email", texts.email)} />}
      {password && (
        <FormRow
          {...about("password", email ? texts.password : texts.newPassword)}
          autoComplete={`${password}-password`}
        />
      )}
      {problem && !problem.field && (
        <p role="alert" className="text-sm font-medium text-destructive">
          {problem.message}
        </p>
      )}
      <Button type="submit" className="w-full" disabled={sending}>
        {sending ? busy : submit}
      </Button>
    </form>
  );
}

interface FormRowProps {
  field: Field;
  label: string;
  initial?: string;
  problem?: string;
  autoComplete?: string;
}

function FormRow({ field, label, initial, problem, autoComplete }: FormRowProps) {
  const id = useId();
  const shape = { ...SHAPES[field], ...(autoComplete && { autoComplete }) };
  const said = problem && { "aria-invalid": true, "aria-describedby": `${id}-problem` };
  return (
    <div className="space-y-2">
      <Label htmlFor={id}>{label}</Label>
      <Input id={id} name={field} defaultValue={initial} required={field !== "name"} {...shape} {...said} />
      {problem && (
        <p id={`${id}-problem`} role="alert" className="text-sm font-medium text-destructive">
          {problem}
        </p>
      )}
    </div>
  );
}
