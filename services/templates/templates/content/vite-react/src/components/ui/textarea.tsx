import { entry } from "./field-styles";
import { part } from "./part";

export const Textarea = part("textarea", "textarea", `${entry} flex field-sizing-content min-h-20 py-2`);
