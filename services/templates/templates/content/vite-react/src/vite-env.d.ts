/// <reference types="vite/client" />

interface Window {
  /** Written into index.html when the app is deployed. */
  readonly ENV?: { readonly APP_ID?: string };
}
