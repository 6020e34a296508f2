import "./core/env"; // first: others may read window.ENV

import "react-dom"; // components may use it: so every app has the same chunk of these packages
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { reloadForMissingParts } from "./core/reload";
import { Root } from "./core/Root";
import "./core/classes.css";
import "./index.css";

const root = document.getElementById("root");
if (!root) throw new Error('index.html has no element with the id "root"');

reloadForMissingParts();
// What a boundary catches is an error of the app still, for whoever watches the page.
createRoot(root, { onCaughtError: (error) => reportError(error) }).render(
  <Root>
    <App />
  </Root>,
);
