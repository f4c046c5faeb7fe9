// Which keys a shortcut has: the usual ones, or what the person chose in this browser.

import { recall, remember } from "./local.js";
import { button, element } from "./page.js";

const NAMES = { ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Shift: "⇧", Mod: "Ctrl" };
NAMES.Backspace = "⌫";
if (navigator.platform.startsWith("Mac")) NAMES.Mod = "⌘";
const ALONE = new Set(["Control", "Meta", "Alt", "AltGraph", "Shift"]);
// What browsers and fields need themselves.
const TAKEN = new Set([..."ACFLNPRTVWXYZ"].map((letter) => `Mod+${letter}`));
for (const letter of "INRTWZ") TAKEN.add(`Mod+Shift+${letter}`);

// Mod is Ctrl, on a Mac ⌘.
export function pressed({ ctrlKey, metaKey, altKey, shiftKey, key }) {
  const held = [
    (ctrlKey || metaKey) && "Mod",
    altKey && "Alt",
    shiftKey && "Shift",
    key === ":" ? ";" : key.length === 1 ? key.toUpperCase() : key,
  ];
  return held.filter(Boolean).join("+");
}

let own = null; // usual keys -> chosen ones; read once, and when another tab changes them
addEventListener("storage", () => (own = null));

function chosen() {
  try {
    own ??= JSON.parse(recall("keys")) ?? {};
  } catch {
    own = {};
  }
  return own;
}

function store(all) {
  own = all;
  remember("keys", Object.keys(all).length ? JSON.stringify(all) : null);
}

export const keysOf = (usual) => chosen()[usual] ?? usual;

function choose(usual, keys) {
  const { [usual]: _, ...others } = chosen();
  store(keys === usual ? others : { ...others, [usual]: keys });
}

export const keyNames = (keys) =>
  keys
    .split("+")
    .map((key) => element("kbd", { textContent: NAMES[key] ?? key }));

// A button with the keys of `usual`; pressed, it takes the next ones instead, unless
// `problemWith` them says why not. `tell` is told in words.
export function keyButton(usual, does, problemWith, tell) {
  const shown = button("", () => wait(), "btn small");
  shown.dataset.keys = usual;
  const show = () => {
    shown.replaceChildren(...keyNames(keysOf(usual)));
    shown.ariaLabel = `${does}: ${keysOf(usual)}. Change`;
    shown.onkeydown = null;
  };
  const wait = () => {
    shown.textContent = "Press keys…";
    tell(`Press the new keys for “${does}”, or Esc.`);
    shown.onkeydown = take;
    shown.focus(); // not every browser does so by a click
  };
  const take = (event) => {
    if (ALONE.has(event.key) || event.key === "Tab") return; // Tab leaves it
    event.preventDefault();
    event.stopPropagation();
    const keys = pressed(event);
    const problem = keys === "Escape" ? "" : refusal(keys) || problemWith(usual, keys);
    if (problem) return tell(problem);
    if (keys !== "Escape") choose(usual, keys);
    tell("");
    show();
  };
  shown.onblur = show;
  show();
  return shown;
}

function refusal(keys) {
  if (TAKEN.has(keys)) return "The browser needs these keys itself.";
  if (!/^(Mod|Alt)\+|^F\d/.test(keys)) return "Hold Ctrl, ⌘ or Alt as well.";
  return "";
}

// All as usual again.
export const forgetKeys = () => store({});

export const hasOwnKeys = () => Object.keys(chosen()).length > 0;
