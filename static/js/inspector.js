// The side panel: what the model saw for a reply, or would see now. Without it the same
// links and forms lead to pages.

import { copy } from "./copy.js";
import { fetchFragment, fragment } from "./fragment.js";
import { previewAddress } from "./gauge.js";
import { morphElement } from "./morph.js";
import { forget } from "./navigate.js";
import { button, byId, element, on } from "./page.js";
import { post } from "./post.js";
import { toast } from "./toasts.js";

const FAILED = "That did not work. Reload the page and try again.";
const panel = () => byId("inspector");
let opener;

// Answers whether there was one.
export function closePanel() {
  const open = panel();
  if (!open) return false;
  const inside = open.contains(document.activeElement);
  open.remove();
  if (inside) (opener.isConnected ? opener : sameLink(opener))?.focus();
  return true;
}

// The article it stood in may have been made anew.
const sameLink = ({ href }) =>
  [...document.querySelectorAll("a[data-panel]")].find((link) => link.href === href);

function make() {
  const title = element("h2", { tabIndex: -1 });
  const header = element("header", {}, title, button("Close", closePanel));
  const id = "inspector";
  const made = element("aside", { id, className: "panel" }, header, element("div"));
  document.querySelector(".shell").append(made);
  if (!matchMedia("(width >= 76rem)").matches) {
    made.popover = "auto";
    made.ontoggle = ({ newState }) => newState === "closed" && closePanel();
    made.showPopover();
  }
  return made;
}

function show(content, keep) {
  const open = panel() ?? make();
  const body = content.firstElementChild;
  if (keep) return morphElement(open.lastElementChild, body);
  open.lastElementChild.replaceWith(body);
  const title = open.querySelector("h2");
  title.textContent = open.ariaLabel = body.dataset.title;
  title.focus();
}

async function ask(address, fields, keep) {
  const answer = await post(address, fields, "panel");
  if (answer.status === 204) {
    closePanel();
    forget({ now: true });
    toast("This holds from the next message on.");
  } else if (answer.ok) show(fragment(await answer.text()), keep);
  else toast(FAILED);
}

export function toggleInspector() {
  const links = document.querySelectorAll("a[data-panel][href$='/receipt/']");
  if (!closePanel()) [...links].at(-1)?.click();
}

export function startInspector() {
  on("click", "a[data-panel]", async (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    opener = link;
    if (link.pathname.endsWith("/preview/"))
      return ask(previewAddress(), { text: byId("text")?.value ?? "" });
    const made = await fetchFragment(link.href, "panel").catch(() => null);
    if (made) show(made);
    else toast(FAILED);
  });
  on("change", "#inspector form", (form) => form.requestSubmit());
  on("submit", "#inspector form", (form, event) => {
    event.preventDefault();
    ask(form.getAttribute("action"), new FormData(form, event.submitter), true);
  });
  on("click", "[data-copy-prompt]", async (pressed) => {
    const answer = await fetch(pressed.value).catch(() => ({}));
    const text = answer.text && (await answer.text());
    if (answer.ok) copy(text, pressed);
    else toast(answer.status === 409 ? text : FAILED);
  });
  // Escape stops a reply first, unless the keyboard is in here
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !panel()) return;
    const before = document.querySelector("[aria-busy=true], :popover-open, dialog[open]");
    if (before && !panel().contains(event.target)) return;
    event.preventDefault();
    closePanel();
  });
}
