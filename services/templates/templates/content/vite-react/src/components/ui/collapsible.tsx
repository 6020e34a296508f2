import { Collapsible as CollapsiblePrimitive } from "radix-ui";

import { part } from "./part";

export const Collapsible = part(CollapsiblePrimitive.Root, "collapsible");
export const CollapsibleTrigger = part(CollapsiblePrimitive.CollapsibleTrigger, "collapsible-trigger");
export const CollapsibleContent = part(CollapsiblePrimitive.CollapsibleContent, "collapsible-content");
