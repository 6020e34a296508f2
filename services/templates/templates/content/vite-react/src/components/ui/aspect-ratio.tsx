import { AspectRatio as AspectRatioPrimitive } from "radix-ui";

import { part } from "./part";

export const AspectRatio = part(AspectRatioPrimitive.Root, "aspect-ratio");
