/// <reference types="vite/client" />

/** Whether src/lib/database.types.ts names any table. */
declare const __HAS_TABLES__: boolean;

interface Window {
  /** The same as `env` of "./core/env". */
  ENV?: import("./core/env").Env;
}
