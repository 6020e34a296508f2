import { defineConfig } from "vite";

import { foundation } from "./vite/foundation.ts";

export default defineConfig((env) => foundation(env));
