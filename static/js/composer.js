// The box where messages are written: what a key does, the draft, what may be sent.

import { byId, conversation, element, on, onTouch } from "./page.js";
import { recall, remember } from "./local.js";

const MOST_BYTES = 32 * 1024;
const MOST_AS_JSON = 60 * 1024; // the server's limit for a frame, with some to spare

const box = () => byId("text");
const draft = () => `draft:${conversation() ?? "new"}`;
const size = (text) => new TextEncoder().encode(text).length;

// What is wrong with the length of a message; "" when nothing is.
export function excess(text) {
  const over = Math.max(
    size(text) / MOST_BYTES,
    size(JSON.stringify(text)) / MOST_AS_JSON,
  );
  if (over <= 1) return "";
  const percent = Math.ceil(100 - 100 / over);
  return `A message can be 32 KB long. Shorten this one by ${percent} %; nothing is lost.`;
}

let isReplying = () => false;
let files = null;

// After a page has come.
export function showComposer() {
  if (!box()) return;
  if (!box().value) box().value = recall(draft()) ?? "";
  paintComposer();
}

export function focusComposer() {
  if (!box()) return false;
  box().focus({ preventScroll: true });
  return true;
}

// Like typing it, so that undo takes it back.
export function fillComposer(text) {
  if (!focusComposer()) return;
  const value = box().value.trim() ? `\n${text}` : text;
  box().setSelectionRange(box().value.length, box().value.length);
  if (!document.execCommand("insertText", false, value)) box().value += value;
  changed();
}

// Send and Stop share a place; a finger has no Enter to send with while a reply comes.
export function paintComposer() {
  const form = byId("composer");
  if (!form) return;
  fit();
  const typed = Boolean(box().value.trim()) || Boolean(files?.any());
  const stop = isReplying() && !(onTouch() && typed);
  form.querySelector(".stop").hidden = !stop;
  const send = form.querySelector(".send:not(.stop)");
  send.hidden = stop;
  send.disabled = !typed;
}

// A conversation was begotten by what was sent from here: the draft goes with it.
export function moveDraft() {
  const text = box()?.value ?? "";
  remember("draft:new", null);
  remember(draft(), text);
}

// Where the style sheet cannot say that the box grows with its text.
function fit() {
  if (CSS.supports("field-sizing", "content")) return;
  box().style.blockSize = "auto";
  box().style.blockSize = `${box().scrollHeight}px`;
}

function changed() {
  remember(draft(), box().value);
  if (!excess(box().value)) complain("");
  paintComposer();
}

function complain(sentence) {
  const form = byId("composer");
  let line = form.querySelector(".problem");
  if (!sentence) return line?.remove();
  line ??= element("p", { className: "problem", role: "alert" });
  line.textContent = sentence;
  form.prepend(line);
}

function submit(send) {
  const text = box().value.replace(/^\s*\n/, "").trimEnd().toWellFormed();
  if (!text && !files.any()) return;
  if (excess(text)) return complain(excess(text));
  const [failed] = files.failed();
  if (failed) return complain(`${failed.name} is not attached. Try again or remove it.`);
  if (files.mustWait(() => submit(send))) return;
  box().value = "";
  send(text, files.take()); // the outbox keeps it from here on
  changed();
}

export function startComposer({ send, replying, attachments }) {
  isReplying = replying;
  files = attachments;
  on("submit", "#composer", (form, event) => {
    event.preventDefault();
    submit(send);
  });
  on("input", "#text", changed);
  on("click", "[data-fill]", ({ dataset }) => fillComposer(dataset.fill));
  on("keydown", "#text", (field, event) => {
    if (event.key !== "Enter" || event.shiftKey || onTouch()) return;
    if (event.defaultPrevented) return; // a command was chosen
    if (event.isComposing || event.keyCode === 229) return; // an input method's Enter
    event.preventDefault();
    submit(send);
  });
}
