const injected = window.ENV?.APP_ID;

/** The app's id. Deployment writes it into index.html; the dev server leaves the placeholder. */
export const APP_ID: string = injected && !injected.startsWith("{{") ? injected : "dev";
