import { useId, useRef, useState, type ReactNode, type SubmitEvent } from "react";

import { Button, Card, CardContent, Input, Label } from "@/components/ui";
import { texts } from "@/texts/auth";

import type { Problem } from "./problems";

export interface Credentials {
  email: string;
  password: string;
}

interface AuthPageProps {
  title: string;
  intro?: string;
  children: ReactNode;
}

/** The frame of the pages for signing in: a heading and a card. */
export function AuthPage({ title, intro, children }: AuthPageProps) {
  return (
    <div className="mx-auto w-full max-w-md space-y-6 sm:py-6">
      <header className="space-y-2">
        <h1 className="text-3xl font-semibold tracking-tight text-balance">{title}</h1>
        {intro && <p className="break-words text-muted-foreground text-pretty">{intro}</p>}
      </header>
      <Card>
        <CardContent className="space-y-4">{children}</CardContent>
      </Card>
    </div>
  );
}

interface AuthFormProps {
  email?: boolean;
  password?: "current" | "new";
  submit: string;
  busy: string;
  /** What went wrong; null when all went well. */
  onSubmit: (values: Credentials) => Promise<Problem | null>;
}

/** Asks for an address or a password or both, and says beside the field what is wrong with it. */
export function AuthForm({ email, password, submit, busy, onSubmit }: AuthFormProps) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();

  async function send(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (sending) return;
    const data = new FormData(event.currentTarget);
    setSending(true);
    setProblem(null);
    const found = await onSubmit({ email: String(data.get("email") ?? "").trim(), password: String(data.get("password") ?? "") });
    setSending(false);
    setProblem(found);
    if (found?.field) form.current?.querySelector<HTMLInputElement>(`[name=${found.field}]`)?.focus();
  }

  const about = (field: "email" | "password") =>
    problem?.field === field ? { "aria-invalid": true, "aria-describedby": `${id}-problem` } : {};
  const said = (field?: "email" | "password") =>
    problem && problem.field === field && (
      <p id={`${id}-problem`} role="alert" className="text-sm font-medium text-destructive">
        {problem.message}
      </p>
    );

  return (
    <form ref={form} onSubmit={send} className="space-y-4">
      {email && (
        <div className="space-y-1.5">
          <Label htmlFor={`${id}-email`}>{texts.email}</Label>
          <Input id={`${id}-email`} name="email" type="email" autoComplete="email" required maxLength={255} {...about("email")} />
          {said("email")}
        </div>
      )}
      {password && (
        <div className="space-y-1.5">
          <Label htmlFor={`${id}-password`}>{email ? texts.password : texts.newPassword}</Label>
          <Input
            id={`${id}-password`}
            name="password"
            type="password"
            autoComplete={`${password}-password`}
            required
            {...about("password")}
          />
          {said("password")}
        </div>
      )}
      {said()}
      <Button type="submit" className="w-full" disabled={sending}>
        {sending ? busy : submit}
      </Button>
    </form>
  );
}
