// Every key that does something anywhere on the page, and the list of them.

import { editLast } from "./actions.js";
import { focusComposer } from "./composer.js";
import { copyLastCode, copyLastReply } from "./copy.js";
import { choosePaste, pastesAsFile } from "./dropping.js";
import { toggleInspector } from "./inspector.js";
import { recall, remember } from "./local.js";
import { go } from "./navigate.js";
import { element, isCovered, on } from "./page.js";
import { openPalette } from "./palette.js";
import { openSheet } from "./sheet.js";
import { step } from "./sidebar.js";
import { toggleSidebar } from "./theme.js";

const FIELDS = "input, textarea, select, [contenteditable]";

// Mod is Ctrl, on a Mac ⌘.
const shortcuts = (stop, showList) => [
  ["Mod+Shift+O", "New conversation", () => go("/")],
  ["Mod+K", "Search", openPalette],
  ["Mod+B", "Show or hide the sidebar", toggleSidebar],
  ["Mod+I", "What the model saw", toggleInspector],
  ["Alt+ArrowUp", "Previous conversation", () => step(-1)],
  ["Alt+ArrowDown", "Next conversation", () => step(1)],
  ["Shift+Escape", "Write a message", focusComposer],
  ["Escape", "Stop the reply", stop],
  ["Mod+Shift+C", "Copy the last reply", copyLastReply],
  ["Mod+Shift+;", "Copy the last code block", copyLastCode],
  ["Mod+/", "This list", showList],
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

const NAMES = { ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Shift: "⇧", Mod: "Ctrl" };
if (navigator.platform.startsWith("Mac")) NAMES.Mod = "⌘";
const keyName = (key) => element("kbd", { textContent: NAMES[key] ?? key });

function help(list) {
  const keys = element("dl", { className: "keys" });
  for (const [combination, does] of [...inField, ...list])
    keys.append(
      element("dt", { textContent: does }),
      element("dd", {}, ...combination.split("+").map(keyName)),
    );
  // a single character must not be a trap for those who speak to their computer
  const single = element("input", { type: "checkbox", checked: !recall("no-single-keys") });
  single.onchange = () => remember("no-single-keys", single.checked ? null : "1");
  const choice = element("label", {}, single, " “?” shows this list, too");
  const long = element("input", { type: "checkbox", checked: pastesAsFile() });
  long.onchange = () => choosePaste(long.checked);
  const pastes = element("label", {}, long, " A long paste becomes a file");
  openSheet("Keyboard", "Close", keys, choice, pastes);
}

export function startShortcuts(stop) {
  const list = shortcuts(stop, () => help(list));
  const acts = new Map(list.map(([combination, , act]) => [combination, act]));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || isCovered()) return;
    if (event.key === "?" && !event.target.closest?.(FIELDS) && !recall("no-single-keys"))
      return help(list);
    const act = acts.get(pressed(event));
    if (!act || act(event) === false) return;
    event.preventDefault();
  });
  on("keydown", "#text", (box, event) => {
    if (event.key === "ArrowUp" && !box.value && editLast()) event.preventDefault();
  });
}
