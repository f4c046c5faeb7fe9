// How the page looks to this person: light or dark, with the sidebar or without.

import { byId, isNarrow, on } from "./page.js";
import { recall, remember } from "./local.js";
import { post } from "./post.js";

const root = document.documentElement;

function choose(theme) {
  root.dataset.theme = theme;
  post("/settings/theme/", { theme });
}

const isDark = () => getComputedStyle(root).colorScheme === "dark";

function showSidebar(shown) {
  root.dataset.sidebar = shown ? "open" : "closed";
}

export function toggleSidebar() {
  if (isNarrow()) return byId("rail")?.togglePopover();
  const shown = root.dataset.sidebar === "closed";
  showSidebar(shown);
  remember("sidebar", shown ? null : "closed");
}

export function startTheme() {
  if (recall("sidebar")) showSidebar(false);
  on("change", "input[name=theme]", ({ value }) => choose(value));
  on("click", "[data-toggle=theme]", () => choose(isDark() ? "light" : "dark"));
  on("click", "[data-toggle=sidebar]", toggleSidebar);
}
