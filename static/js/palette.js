// The search that opens over any page: what is typed is looked for while it is typed.

import { fetchFragment } from "./fragment.js";
import { go } from "./navigate.js";
import { byId, element, on } from "./page.js";

const PAUSE = 80;
const FAILED = "The search does not answer. Try again.";
let timer;
let asked; // the request under way; a newer one puts an end to it

const box = () => byId("palette-q");
const list = () => byId("palette-list");
const chosen = () => list().querySelector("[aria-selected=true]");

function choose(option) {
  if (chosen()) chosen().ariaSelected = "false";
  if (!option) return box().removeAttribute("aria-activedescendant");
  option.ariaSelected = "true";
  option.scrollIntoView({ block: "nearest" });
  box().setAttribute("aria-activedescendant", option.id);
}

function step(by) {
  const all = [...list().querySelectorAll("a")];
  const at = all.indexOf(chosen());
  choose(at < 0 ? all.at(by > 0 ? 0 : -1) : all[(at + by + all.length) % all.length]);
}

// A list box holds options and groups of them; sentences stand above it.
function show(made) {
  const said = [...made.querySelectorAll("p")];
  byId("palette-says").replaceChildren(...said);
  list().replaceChildren(made);
  for (const group of list().querySelectorAll("section")) {
    group.role = "group";
    group.firstElementChild.role = "presentation";
  }
  list().querySelectorAll("a").forEach((option, at) => {
    const id = `option-${at}`;
    Object.assign(option, { id, role: "option", ariaSelected: "false", tabIndex: -1 });
  });
  list().scrollTop = 0;
  step(1);
}

async function look() {
  asked?.abort();
  const { signal } = (asked = new AbortController());
  const query = new URLSearchParams({ q: box().value, typing: "1" });
  const found = fetchFragment(`/search/?${query}`, "results", { signal });
  const made = await found.catch(() => null);
  if (signal.aborted) return;
  if (made) show(made);
  else byId("palette-says").replaceChildren(element("p", { textContent: FAILED }));
}

function typed() {
  choose(null); // Enter must not open what was found for other words
  asked?.abort();
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
}

function pressed(event) {
  const { key, isComposing, ctrlKey, metaKey } = event;
  if (isComposing) return;
  if (key === "ArrowDown") step(1);
  else if (key === "ArrowUp") step(-1);
  else if (key === "Enter" && chosen()) chosen().click();
  else if (key === "Escape") box().closest("dialog").close(); // else it empties the box
  else if (key === "k" && (ctrlKey || metaKey)) box().select();
  else return;
  event.preventDefault();
}

export function openPalette() {
  const opened = byId("palette-template").content.firstElementChild.cloneNode(true);
  opened.onclose = () => {
    asked?.abort();
    clearTimeout(timer);
    opened.remove();
  };
  document.body.append(opened);
  opened.showModal();
  look();
}

export function startPalette() {
  const close = () => box().closest("dialog").close();
  on("click", "[data-search]", (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openPalette();
  });
  on("input", "#palette-q", typed);
  on("keydown", "#palette-q", (_, event) => pressed(event));
  on("click", ".palette [data-close], #palette-list a", close);
  on("submit", ".palette form", (form, event) => {
    event.preventDefault();
    close();
    go(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`);
  });
}
