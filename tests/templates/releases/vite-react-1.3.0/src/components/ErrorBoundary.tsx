import { Component, type ErrorInfo, type ReactNode } from "react";

import { Button } from "@/components/ui";

interface Props {
  children: ReactNode;
}

interface State {
  error: Error | null;
}

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
    if (!error) return this.props.children;
    return (
      <div role="alert" className="mx-auto max-w-lg space-y-4 px-4 py-12 text-center sm:py-20">
        <h1 className="text-2xl font-semibold tracking-tight">Something went wrong</h1>
        <p className="text-muted-foreground text-pretty">
          This part of the app stopped working. Reloading the page usually helps; what you saved is kept.
        </p>
        <pre className="overflow-x-auto rounded-md bg-muted p-3 text-left text-sm whitespace-pre-wrap">{error.message}</pre>
        <Button onClick={() => window.location.reload()}>Reload the page</Button>
      </div>
    );
  }
}
