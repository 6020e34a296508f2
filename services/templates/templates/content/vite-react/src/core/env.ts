import { IN_BROWSER } from "./hydrated";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * What deployment tells the app: its id, and the public variables of its environment, which people set outside of
 * the code. Any of these may be missing, or be something else than you expect: check its type and have a default.
 */
export interface Env {
  readonly APP_ID: string;
  readonly [name: string]: Json | undefined;
}

const given: Partial<Env> = JSON.parse((IN_BROWSER && document.getElementById("env")?.textContent) || "{}");
// The dev server leaves the placeholder.
const id = given.APP_ID && !given.APP_ID.startsWith("{{") ? given.APP_ID : "dev";

export const env: Env = Object.freeze({ ...given, APP_ID: id });
export const APP_ID = env.APP_ID;

if (IN_BROWSER) window.ENV = env;

// zod would try whether it may make code of strings, which the page's Content-Security-Policy forbids and reports.
Object.assign(((globalThis as { __zod_globalConfig?: object }).__zod_globalConfig ??= {}), { jitless: true });
