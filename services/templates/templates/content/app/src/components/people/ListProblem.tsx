import { TriangleAlert } from "lucide-react";

import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { dismissStorageProblem } from "@/lib/collection";

/** Stands where the list would be, if it could be read. */
export function ListProblem({ problem, onRetry }: { problem: string; onRetry: () => void }) {
  return (
    <Alert variant="destructive">
      <TriangleAlert aria-hidden />
      <AlertTitle>The list cannot be shown</AlertTitle>
      <AlertDescription>
        <p>{problem}</p>
        <Button
          type="button"
          variant="outline"
          size="sm"
          className="mt-2 w-fit"
          onClick={() => {
            dismissStorageProblem();
            onRetry();
          }}
        >
          Try again
        </Button>
      </AlertDescription>
    </Alert>
  );
}
