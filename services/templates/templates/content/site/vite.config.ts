import { defineConfig } from "vite";

import { foundation } from "./vite/foundation.ts";
import { prerender } from "./vite/prerender.ts";

export default defineConfig((env) => foundation(env, [prerender()]));
