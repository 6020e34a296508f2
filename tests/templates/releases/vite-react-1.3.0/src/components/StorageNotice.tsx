import { Button } from "@/components/ui";
import { dismissStorageProblem, useStorageProblem } from "@/database/problem";

/** Tells people when what they entered could not be kept. */
export function StorageNotice() {
  const problem = useStorageProblem();
  if (!problem) return null;
  return (
    <div role="alert" className="ui-notice">
      <p>{problem}</p>
      <Button variant="outline" size="sm" onClick={dismissStorageProblem}>
        Dismiss
      </Button>
    </div>
  );
}
