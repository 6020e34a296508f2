import "./core/env"; // first: others may read window.ENV

import "react-dom"; // components may use it: so every app has the same chunk of these packages
import { createRoot, hydrateRoot } from "react-dom/client";

import { App } from "./App";
import { reloadForMissingParts } from "./core/reload";
import { Root } from "./core/Root";
import { routes } from "./routes";
import { matchOf } from "./routing/current";
import "./core/classes.css";
import "./index.css";

const root = document.getElementById("root");
if (!root) throw new Error('index.html has no element with the id "root"');

reloadForMissingParts();
// What a boundary catches is an error of the app still, for whoever watches the page.
const options = { onCaughtError: (error: unknown) => reportError(error) };
const app = (
  <Root>
    <App />
  </Root>
);

const match = matchOf(routes, window.location.pathname);
const address = decodeURI(window.location.pathname).replace(/(.)\/$/, "$1");
// What the build has made of a page is taken over; what stands here instead of another page is not.
const isMade = root.dataset.page === (match ? address : "404");
if (isMade) {
  await match?.route.load?.().catch(() => {});
  hydrateRoot(root, app, options);
} else {
  root.replaceChildren();
  createRoot(root, options).render(app);
}
