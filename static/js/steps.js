// What an administrator is told there is left to set up: how the connection is, which only
// the page can tell.

import { byId } from "./page.js";

// After a page has come, and when the line is up.
export function showFirstSteps(line) {
  if (!byId("connection") || !line) return;
  for (const said of byId("connection").querySelectorAll("[data-line]"))
    said.hidden = said.dataset.line !== line;
  if (line === "stream") byId("first-steps").hidden = false;
}
