import { Button } from "@/components/ui";
import { dismissStorageProblem, useStorageProblem } from "@/lib/collection";

/** Tells people when the browser could not keep what they entered. */
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
