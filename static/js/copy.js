// Copy buttons: of code, of messages.

import { announce } from "./announce.js";
import { on } from "./page.js";
import { toast } from "./toasts.js";

const SHOWN = 1500;

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeByHand(text); // plain HTTP has no clipboard, and it can be forbidden
  }
}

function writeByHand(text) {
  const take = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", take, { once: true });
  const done = document.execCommand("copy");
  document.removeEventListener("copy", take);
  return done;
}

export async function copy(text, pressed) {
  if (!(await write(text))) return toast("The browser does not allow copying.");
  announce("Copied");
  if (!pressed) return toast("Copied");
  const label = pressed.textContent;
  if (label.trim()) pressed.textContent = "Copied";
  pressed.dataset.copied = "";
  setTimeout(() => {
    if (label.trim()) pressed.textContent = label;
    delete pressed.dataset.copied;
  }, SHOWN);
}

const codeOf = (button) => button.closest("figure").querySelector("pre").textContent;

function messageOf(button) {
  const shown = button.closest("article");
  return button.value || shown.querySelector(".bubble, .prose").innerText.trim();
}

const last = (selector) => [...document.querySelectorAll(selector)].at(-1);

export function copyLastReply() {
  const button = last("article.reply [data-copy-text]");
  if (button) copy(messageOf(button));
}

export function copyLastCode() {
  const button = last(".prose [data-copy]");
  if (button) copy(codeOf(button));
}

export function startCopy() {
  on("click", "[data-copy]", (button) => copy(codeOf(button), button));
  on("click", "[data-copy-text]", (button) => copy(messageOf(button), button));
}
