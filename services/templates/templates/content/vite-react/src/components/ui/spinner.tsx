import { Loader2Icon } from "lucide-react";
import type { ComponentProps } from "react";

import { cn } from "@/core/utils";

export function Spinner({ className, ...props }: ComponentProps<"svg">) {
  return (
    <Loader2Icon
      data-slot="spinner"
      role="status"
      aria-label="Loading"
      className={cn("size-4 animate-spin", className)}
      {...props}
    />
  );
}
