// Every key that does something anywhere on the page, and the list of them.

import { editLast } from "./actions.js";
import { focusComposer } from "./composer.js";
import { copyLastCode, copyLastReply } from "./copy.js";
import { choosePaste, pastesAsFile } from "./dropping.js";
import { toggleInspector } from "./inspector.js";
import {
  forgetKeys,
  hasOwnKeys,
  keyButton,
  keyNames,
  keysOf,
  pressed,
} from "./keys.js";
import { recall, remember } from "./local.js";
import { go } from "./navigate.js";
import { button, element, isCovered, on } from "./page.js";
import { openPalette } from "./palette.js";
import { openSheet } from "./sheet.js";
import { step } from "./sidebar.js";
import { toggleSidebar } from "./theme.js";

const FIELDS = "input, textarea, select, [contenteditable]";

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
  ["Mod+Shift+M", "Choose the model", press(".tools a[data-panel]")],
  ["Mod+Shift+Backspace", "Delete the conversation", press("#menu-here [data-verb=delete]")],
  ["Mod+.", "Settings", press("#rail .me")],
  ["Mod+/", "This list", showList],
];

// What stays when the others are switched off: the way to switch them on again.
const ALWAYS = new Set(["Escape", "Mod+/"]);
// What people know from elsewhere, as long as nothing else has these keys.
const ALSO = { "Mod+Shift+S": "Mod+B" };

function press(selector) {
  return () => {
    const found = document.querySelector(selector);
    found?.click();
    return Boolean(found);
  };
}

const inField = [
  ["Enter", "Send the message"],
  ["Shift+Enter", "New line"],
  ["ArrowUp", "Edit your last message, when the box is empty"],
];

function help(list) {
  const keys = element("dl", { className: "keys" });
  const told = element("p", { role: "status", className: "hint" });
  const tell = (words) => (told.textContent = words);
  const line = (does, ...shown) =>
    keys.append(element("dt", { textContent: does }), element("dd", {}, ...shown));
  const problemWith = (usual, wanted) => {
    const other = list.find(([own]) => own !== usual && keysOf(own) === wanted);
    return other ? `“${other[1]}” has these keys.` : "";
  };
  for (const [combination, does] of inField) line(does, ...keyNames(combination));
  for (const [usual, does] of list)
    if (ALWAYS.has(usual)) line(does, ...keyNames(usual));
    else line(does, keyButton(usual, does, problemWith, tell));
  // a single character must not be a trap for those who speak to their computer
  const single = unless("no-single-keys", " “?” shows this list, too");
  const all = unless("no-keys", " Shortcuts are on (this list and Esc always are)");
  const pastes = choice(" A long paste becomes a file", pastesAsFile(), choosePaste);
  const usual = button("Usual keys again", () => {
    forgetKeys();
    sheet.close();
    help(list);
  });
  const more = hasOwnKeys() ? [usual] : [];
  const sheet = openSheet("Keyboard", "Close", keys, told, ...more, all, single, pastes);
}

function choice(words, checked, choose) {
  const box = element("input", { type: "checkbox", checked });
  box.onchange = () => choose(box.checked);
  return element("label", {}, box, words);
}

const unless = (key, words) =>
  choice(words, !recall(key), (on) => remember(key, on ? null : "1"));

export function startShortcuts(stop) {
  const list = shortcuts(stop, () => help(list));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || isCovered()) return;
    if (event.key === "?" && !event.target.closest?.(FIELDS) && !recall("no-single-keys"))
      return help(list);
    const keys = pressed(event);
    const meant =
      list.find(([usual]) => keysOf(usual) === keys) ??
      list.find(([usual]) => usual === ALSO[keys]);
    if (!meant || (recall("no-keys") && !ALWAYS.has(meant[0]))) return;
    if (meant[2](event) === false) return;
    event.preventDefault();
  });
  on("keydown", "#text", (box, event) => {
    if (event.key === "ArrowUp" && !box.value && editLast()) event.preventDefault();
  });
}
