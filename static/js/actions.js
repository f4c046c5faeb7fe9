// What can be done with a message: edit it, answer it again, go on with its reply.

import { excess, fillComposer, focusComposer } from "./composer.js";
import { button, element, on, onTouch } from "./page.js";
import { refreshThread } from "./refresh.js";
import { toast } from "./toasts.js";
import { waitingReply } from "./waiting.js";

export function startActions(outbox, stopper) {
  const ask = (type, pressed, fields) => {
    const shown = pressed.closest("article");
    const { message, turn } = shown.dataset;
    if (!waitingReply(shown)) stopper.leave(shown);
    outbox.add(type === "continue" ? { type, turn } : { type, message, ...fields });
    if (!onTouch()) focusComposer(); // the button goes away
  };
  on("click", "[data-retry], [data-regenerate]", (pressed) => ask("regenerate", pressed));
  on("click", "[data-continue]", (pressed) => ask("continue", pressed));
  on("click", "[data-edit]", (pressed) => {
    const shown = pressed.closest("article");
    const save = (text) => ask("edit", pressed, { text, rerun: true });
    if (!shown.querySelector("form.edit")) edit(shown, pressed, save);
  });
  outbox.on("refused", ({ item: { frame, problem } }) => {
    if (frame.type === "send") return; // told at the message itself
    toast(problem.message);
    if (frame.type !== "edit") return;
    outbox.remove(frame.id);
    fillComposer(frame.text);
    refreshThread();
  });
}

const EDITS = "article.user:not([data-client]) [data-edit]";

export const editLast = () => {
  const opener = [...document.querySelectorAll(EDITS)].at(-1);
  opener?.click();
  return Boolean(opener);
};

function edit(shown, opener, save) {
  const bubble = shown.querySelector(".bubble");
  const field = element("textarea", { value: bubble.textContent, rows: 2 });
  field.ariaLabel = "Edit message";
  const close = () => {
    form.remove();
    bubble.hidden = false;
    opener.focus();
  };
  const giveUp = () => {
    close();
    refreshThread(); // it was left alone while it was open
  };
  const send = element("button", { className: "btn small solid", textContent: "Send" });
  const row = element(
    "div",
    { className: "row" },
    element("p", { textContent: "The earlier version is kept." }),
    button("Cancel", giveUp),
    send,
  );
  const form = element("form", { className: "edit" }, field, row);
  form.onsubmit = (event) => {
    event.preventDefault();
    const text = field.value.trimEnd().toWellFormed();
    if (!text.trim()) return;
    if (excess(text)) return toast(excess(text));
    bubble.textContent = text;
    close();
    save(text);
  };
  form.onkeydown = (event) => {
    if (event.key === "Escape") giveUp();
    else if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    else form.requestSubmit();
    event.preventDefault();
  };
  bubble.hidden = true;
  bubble.before(form);
  field.focus();
}
