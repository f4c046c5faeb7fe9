// How files come to a draft: by the button, dropped on the page, or pasted.

import { attach, attachments } from "./attachments.js";
import { hasComposer } from "./chips.js";
import { recall, remember } from "./local.js";
import { byId, conversation, element, on } from "./page.js";

const LONG = 3984; // characters: a paste that is rather something to read than to say

// Whether long pastes become files; in this browser.
export const pastesAsFile = () => recall("paste") !== "text";
export const choosePaste = (asFile) => remember("paste", asFile ? null : "text");

// A name that nothing here has: the same one would be a newer version of it.
function freshName(kind, ending) {
  const key = `pasted:${conversation() ?? "new"}`;
  const shown = [...document.querySelectorAll(".thread .files b, .thread .files img")];
  const names = [...attachments.names(), ...shown.map((b) => b.alt ?? b.textContent)];
  let number = Number(recall(key)) || 0;
  do number++;
  while (names.includes(`${kind}-${number}.${ending}`));
  remember(key, number);
  return `${kind}-${number}.${ending}`;
}

// Every picture from a clipboard is called the same.
const renamed = (file) =>
  /^image\.\w+$/.test(file.name)
    ? new File([file], freshName("image", file.name.split(".")[1]), { type: file.type })
    : file;

function pasted(event) {
  const { files } = event.clipboardData;
  if (files.length) {
    event.preventDefault();
    return attach([...files].map(renamed));
  }
  const text = event.clipboardData.getData("text/plain");
  if (text.length < LONG || !pastesAsFile() || event.target.id !== "text") return;
  event.preventDefault();
  const type = { type: "text/plain" };
  attach([new File([text.toWellFormed()], freshName("pasted", "txt"), type)], { text });
}

function zone() {
  const words = element("p", { textContent: "Drop files to attach them" });
  const made = element("div", { className: "dropzone", id: "dropzone" }, words);
  document.body.append(made);
  return made;
}

const bringsFiles = (event) =>
  hasComposer() && event.dataTransfer?.types.includes("Files");
const hide = () => byId("dropzone")?.remove();

export function startDropping() {
  on("click", "[data-attach]", () => byId("attach").click());
  on("change", "#attach", (field) => {
    attach([...field.files]);
    field.value = ""; // the same file may be chosen again
    byId("text").focus();
  });
  addEventListener("paste", (event) => {
    const field = event.target.closest?.("input, textarea")?.id ?? "text";
    if (hasComposer() && field === "text") pasted(event);
  });
  addEventListener("dragenter", (event) => {
    if (bringsFiles(event) && !byId("dropzone")) zone();
  });
  addEventListener("dragover", (event) => {
    if (bringsFiles(event)) event.preventDefault();
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) hide();
  });
  addEventListener("drop", (event) => {
    hide();
    if (!bringsFiles(event)) return;
    event.preventDefault();
    attach([...event.dataTransfer.files]);
  });
  addEventListener("keydown", ({ key }) => key === "Escape" && hide());
}
