// What can be typed after a slash: offered while its name is typed, and what it answers,
// a card in the thread that nothing stores.

import { byId, button, element, on, thread } from "./page.js";
import { toEnd } from "./scroll.js";

const ADDRESS = /(\/c\/[0-9a-f-]{36}\/[\w.]+)/;
const HELP = /^(\/\S.*?) {2,}(.+)$/;

export const isCommand = (text) => /^\s*\/[a-z]+(\s|$)/i.test(text);

const list = () => byId("commands");
const offered = () => [...list().children].filter((one) => !one.hidden);
const chosen = () => list()?.querySelector("[aria-selected]");

function choose(option) {
  chosen()?.removeAttribute("aria-selected");
  option.ariaSelected = "true";
  option.scrollIntoView({ block: "nearest" });
  byId("text").setAttribute("aria-activedescendant", option.id);
}

// A text box is a combobox only while there is something to choose.
function close() {
  if (!chosen()) return;
  chosen().removeAttribute("aria-selected");
  list().hidePopover();
  for (const name of ["role", "aria-expanded", "aria-activedescendant"])
    byId("text")?.removeAttribute(name);
}

function offer(box) {
  const typed = /^\/[a-z]*$/i.test(box.value) ? box.value.toLowerCase() : "none";
  for (const one of list().children)
    one.hidden = !`/${one.dataset.name}`.startsWith(typed);
  if (!offered().length) return close();
  const { left, top, width } = box.closest(".composer").getBoundingClientRect();
  const inset = `auto auto ${innerHeight - top + 6}px ${left}px`;
  const [inlineSize, maxBlockSize] = [`${width}px`, `min(22rem, ${top - 12}px)`];
  Object.assign(list().style, { inset, inlineSize, maxBlockSize });
  list().showPopover();
  Object.assign(box, { role: "combobox", ariaExpanded: "true" });
  choose(offered()[0]);
}

// Like typing the rest, so that undo takes it back.
function complete({ dataset: { name, takes } }) {
  const { length } = byId("text").value;
  const rest = `/${name}${takes && " "}`.slice(length);
  byId("text").setSelectionRange(length, length);
  document.execCommand("insertText", false, rest);
  close();
}

function pressed(box, event) {
  if (!chosen() || event.isComposing || event.shiftKey) return;
  const { key } = event;
  const all = offered();
  const at = all.indexOf(chosen());
  const isWhole = box.value.slice(1).toLowerCase() === chosen().dataset.name;
  if (key === "Escape") close();
  else if (key === "ArrowDown") choose(all[at + 1] ?? all[0]);
  else if (key === "ArrowUp") choose(all.at(at - 1));
  else if (key === "Enter" && isWhole) return close(); // and it is sent
  else if (key === "Tab" || key === "Enter") complete(chosen());
  else return;
  event.preventDefault();
}

// Addresses of this site become links, the help a list.
function told(notice) {
  const part = (name, textContent) => element(name, { textContent });
  const rows = notice.split("\n").map((text) => HELP.exec(text));
  if (rows.every(Boolean))
    return rows.flatMap(([, typed, does]) => [part("dt", typed), part("dd", does)]);
  const link = (href) => Object.assign(part("a", href), { href });
  return notice.split(ADDRESS).map((text, at) => (at % 2 ? link(text) : text));
}

// `data-client`: bringing the thread up to date leaves it alone.
export function showNotice({ id, text }, notice) {
  const said = element("p", { textContent: text });
  const body = element("dl", { role: "status" });
  const shut = button("×", () => card.remove(), "btn icon small");
  shut.ariaLabel = "Dismiss";
  const card = element("div", { className: "card" }, said, shut, body);
  card.dataset.client = id;
  thread().append(card);
  requestAnimationFrame(() => {
    body.append(...told(notice)); // a status tells what changes in it
    toEnd();
  });
}

// To be started before the composer: Enter that chooses here does not send there.
export function startCommands() {
  on("input", "#text", offer);
  on("keydown", "#text", pressed);
  on("focusout", "#text", close);
  on("pointerdown", "#commands", (_, event) => event.preventDefault()); // keeps the focus
  on("click", "#commands > li", complete);
}
