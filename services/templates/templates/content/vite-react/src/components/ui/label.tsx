import { Label as LabelPrimitive } from "radix-ui";

import { part } from "./part";

export const Label = part(
  LabelPrimitive.Root,
  "label",
  "flex items-center gap-2 text-sm leading-snug font-medium select-none " +
    "group-data-[disabled=true]:opacity-55 peer-disabled:opacity-55",
);
