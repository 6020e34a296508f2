import { entry } from "./field-styles";
import { part } from "./part";

export const Input = part(
  "input",
  "input",
  `${entry} h-9 py-1 file:mr-3 file:inline-flex file:h-7 file:border-0 file:bg-transparent ` +
    "file:text-sm file:font-medium file:text-foreground",
);
