// Attached files as they are shown: with a draft, and on a message that is on its way.

import { button, byId, element } from "./page.js";

const STATES = {
  uploading: ({ done }) => `Uploading ${done} %`,
  offline: () => "Uploaded when you are back online",
  reading: ({ done }) => (done ? `Being read, ${done} %` : "Being read"),
};

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const small = bytes < 1024 ** 2;
  return `${(bytes / (small ? 1024 : 1024 ** 2)).toFixed(1)} ${small ? "KB" : "MB"}`;
}

function words(entry) {
  const newer = entry.version > 1 && `newer version of ${entry.name}`;
  const state = entry.problem || STATES[entry.state]?.(entry);
  return [sizeOf(entry.size), newer, state].filter(Boolean).join(" · ");
}

function chip(entry, ...more) {
  const name = element("b", { textContent: entry.name, dir: "auto" });
  const told = element("small", { textContent: words(entry) });
  const made = element("li", { className: "chip" }, name, told, ...more);
  made.classList.toggle("bad", Boolean(entry.problem));
  return made;
}

function list(...chips) {
  const look = { className: "files", role: "list", ariaLabel: "Attached files" };
  return element("ul", look, ...chips);
}

// Of the draft. Chips stay the elements they are: a button in one may have the focus.
export function paintChips(entries, { remove, unpack, retry }) {
  const before = document.querySelector("#composer .composer");
  if (!before) return;
  let shown = before.querySelector(".files");
  if (!entries.length) return shown?.remove();
  if (!shown) before.prepend((shown = list()));
  const made = new Map([...shown.children].map((one) => [one.entry, one]));
  for (const entry of entries) {
    const one = made.get(entry) ?? chip(entry, ...tools(entry, { remove, unpack }));
    made.delete(entry);
    one.entry = entry;
    one.querySelector("small").textContent = words(entry);
    one.classList.toggle("bad", Boolean(entry.problem));
    one.querySelector("[data-again]")?.remove();
    if (entry.problem && entry.file && !entry.id) {
      const again = button("Try again", () => retry(entry));
      again.dataset.again = "";
      one.querySelector("small").after(again);
    }
    shown.append(...(one.isConnected ? [] : [one]));
  }
  for (const gone of made.values()) gone.remove();
}

function tools(entry, { remove, unpack }) {
  const away = button("×", () => remove(entry), "btn icon small");
  away.ariaLabel = `Remove ${entry.name}`;
  if (!entry.text) return [away];
  return [button("Put it back as text", () => unpack(entry)), away];
}

// On a message that the server has not shown yet.
export function sentChips(message, files) {
  message.querySelector(".bubble").after(list(...files.map((file) => chip(file))));
}

// Those that stand at a message, to be sent once more.
export function filesOf(message) {
  return [...message.querySelectorAll("[data-file]")].map((one) => ({
    id: one.dataset.file,
    name: one.querySelector("img")?.alt ?? one.querySelector("b").textContent,
    size: Number(one.dataset.size),
  }));
}

export const hasComposer = () => Boolean(byId("composer"));
