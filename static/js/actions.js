// What can be done with a message: edit it, answer it again, go on with its reply.

import { fillComposer } from "./composer.js";
import { button, element, on } from "./page.js";
import { toast } from "./toasts.js";

export function startActions(outbox) {
  const ask = (type, found, fields) =>
    outbox.add({ type, message: found.closest("article").dataset.message, ...fields });

  on("click", "[data-retry], [data-regenerate]", (pressed) => ask("regenerate", pressed));
  on("click", "[data-continue]", (pressed) => {
    const { turn } = pressed.closest("article").dataset;
    outbox.add({ type: "continue", turn });
  });
  on("click", "[data-edit]", (pressed) => {
    const save = (text) => ask("edit", pressed, { text, rerun: true });
    const shown = pressed.closest("article");
    if (!shown.querySelector("form.edit")) edit(shown, pressed, save);
  });
  outbox.on("refused", ({ item: { frame, problem } }) => {
    if (frame.type === "send") return; // told at the message itself
    toast(problem.message);
    if (frame.type !== "edit") return;
    outbox.remove(frame.id);
    fillComposer(frame.text);
  });
}

export const editLast = () => {
  const opener = [...document.querySelectorAll("article.user [data-edit]")].at(-1);
  opener?.click();
  return Boolean(opener);
};

function edit(shown, opener, save) {
  const bubble = shown.querySelector(".bubble");
  const field = element("textarea", { value: bubble.textContent, rows: 2 });
  const label = element("label", { className: "vh", textContent: "Edit message" });
  const close = () => {
    form.remove();
    bubble.hidden = false;
    opener.focus();
  };
  const send = element("button", { className: "btn small solid", textContent: "Send" });
  const row = element(
    "div",
    { className: "row" },
    element("p", { textContent: "The earlier version is kept." }),
    button("Cancel", close),
    send,
  );
  label.append(field);
  const form = element("form", { className: "edit" }, label, row);
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    save(field.value.trimEnd().toWellFormed());
    close();
  };
  form.onkeydown = (event) => {
    if (event.key === "Escape") close();
    else if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    else form.requestSubmit();
    event.preventDefault();
  };
  bubble.hidden = true;
  bubble.before(form);
  field.focus();
}
