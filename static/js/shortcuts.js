// Every key that does something anywhere on the page, and the list of them.

import { editLast } from "./actions.js";
import { focusComposer } from "./composer.js";
import { copyLastCode, copyLastReply } from "./copy.js";
import { go } from "./navigate.js";
import { button, element, isCovered, on } from "./page.js";
import { step } from "./sidebar.js";
import { toggleSidebar } from "./theme.js";

const FIELDS = "input, textarea, select, [contenteditable]";

async function search() {
  await go("/c/");
  document.querySelector("#main input[name=q]")?.focus();
}

// Mod is Ctrl, on a Mac ⌘.
const shortcuts = (stop) => [
  ["Mod+Shift+O", "New conversation", () => go("/")],
  ["Mod+K", "Search conversations", search],
  ["Mod+B", "Show or hide the sidebar", toggleSidebar],
  ["Alt+ArrowUp", "Previous conversation", () => step(-1)],
  ["Alt+ArrowDown", "Next conversation", () => step(1)],
  ["Shift+Escape", "Write a message", focusComposer],
  ["Escape", "Stop the reply", stop],
  ["Mod+Shift+C", "Copy the last reply", copyLastReply],
  ["Mod+Shift+;", "Copy the last code block", copyLastCode],
];

const inField = [
  ["Enter", "Send the message"],
  ["Shift+Enter", "New line"],
  ["ArrowUp", "Edit your last message, when the box is empty"],
];

function pressed({ ctrlKey, metaKey, altKey, shiftKey, key }) {
  const held = [
    (ctrlKey || metaKey) && "Mod",
    altKey && "Alt",
    shiftKey && "Shift",
    key === ":" ? ";" : key.length === 1 ? key.toUpperCase() : key,
  ];
  return held.filter(Boolean).join("+");
}

const NAMES = { ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Shift: "⇧" };
const mac = navigator.platform.startsWith("Mac");
const keyName = (key) =>
  element("kbd", { textContent: key === "Mod" ? (mac ? "⌘" : "Ctrl") : (NAMES[key] ?? key) });

function help(list) {
  const keys = element("dl", { className: "keys" });
  for (const [combination, does] of [...inField, ...list, ["?", "This list"]])
    keys.append(
      element("dt", { textContent: does }),
      element("dd", {}, ...combination.split("+").map(keyName)),
    );
  const close = button("Close", () => sheet.close());
  const heading = element("h2", { textContent: "Keyboard" });
  const sheet = element(
    "dialog",
    { className: "sheet", onclose: () => sheet.remove() },
    element("header", {}, heading, close),
    element("div", { className: "body" }, keys),
  );
  sheet.ariaLabel = "Keyboard";
  document.body.append(sheet);
  sheet.showModal();
}

export function startShortcuts(stop) {
  const list = shortcuts(stop);
  const acts = new Map(list.map(([combination, , act]) => [combination, act]));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || isCovered()) return;
    const field = event.target.closest?.(FIELDS);
    if (event.key === "?" && !field) return help(list);
    const act = acts.get(pressed(event));
    if (!act || act(event) === false) return;
    event.preventDefault();
  });
  on("keydown", "#text", (box, event) => {
    if (event.key === "ArrowUp" && !box.value && editLast()) event.preventDefault();
  });
  on("click", "[data-help]", () => help(list));
}
