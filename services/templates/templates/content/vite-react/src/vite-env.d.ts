/// <reference types="vite/client" />

interface Window {
  /** The same as `env` of "@/lib/env". */
  ENV?: import("./lib/env").Env;
}
