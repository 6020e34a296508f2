import { Component, type ErrorInfo, type ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { texts } from "@/texts/app";

interface Props {
  children: ReactNode;
}

interface State {
  error: Error | null;
}

/** Shows what went wrong in place of a part that threw. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(thrown: unknown): State {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(thrown: unknown, info: ErrorInfo) {
    console.error("This part of the app stopped working:", thrown, info.componentStack);
  }

  override render() {
    const { error } = this.state;
    return error ? <ErrorPage error={error} /> : this.props.children;
  }
}

export function ErrorPage({ error }: { error: Error }) {
  return (
    <div role="alert" className="mx-auto max-w-lg space-y-4 px-4 py-12 text-center sm:py-20">
      <h1 className="text-2xl font-semibold tracking-tight text-balance">{texts.brokenTitle}</h1>
      <p className="text-muted-foreground text-pretty">{texts.brokenText}</p>
      <pre className="rounded-md bg-muted p-3 text-left font-mono text-sm break-words whitespace-pre-wrap">
        {error.message}
      </pre>
      <Button type="button" onClick={() => window.location.reload()}>
        {texts.reload}
      </Button>
    </div>
  );
}
