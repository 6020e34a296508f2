import type { ReactNode } from "react";
import { Link } from "react-router";

import { Card, CardContent } from "@/components/ui/card";

interface AuthPageProps {
  title: string;
  intro?: string;
  children: ReactNode;
  /** Below the card: the way to another page. */
  footer?: ReactNode;
}

/** The frame of the pages for signing in: a heading, a card, and what else one may have come for. */
export function AuthPage({ title, intro, children, footer }: AuthPageProps) {
  return (
    <div className="mx-auto w-full max-w-md space-y-6 sm:py-6">
      <Card className="sm:py-8">
        <CardContent className="space-y-6 sm:px-8">
          <header className="space-y-2">
            <h1 className="text-2xl font-semibold tracking-tight text-balance">{title}</h1>
            {intro && <p className="text-sm break-words text-muted-foreground text-pretty">{intro}</p>}
          </header>
          {children}
        </CardContent>
      </Card>
      {footer && <div className="text-center text-sm text-muted-foreground">{footer}</div>}
    </div>
  );
}

const LINK = "font-medium text-primary underline-offset-4 hover:underline";

/** A link in a sentence of these pages. */
export function TextLink({ to, state, children }: { to: string; state?: unknown; children: ReactNode }) {
  return (
    <Link to={to} state={state} className={LINK}>
      {children}
    </Link>
  );
}

interface BackToSignInProps {
  question?: string;
  label: string;
  state?: unknown;
}

export function BackToSignIn({ question, label, state }: BackToSignInProps) {
  return (
    <p>
      {question}{" "}
      <TextLink to="/sign-in" state={state}>
        {label}
      </TextLink>
    </p>
  );
}
