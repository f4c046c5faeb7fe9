// Short notes about what is not a message. They wait while looked at or focused.

import { button, byId, element, on } from "./page.js";

function expire(note, seconds) {
  setTimeout(() => {
    if (note.matches(":hover, :focus-within")) expire(note, 2);
    else note.remove();
  }, seconds * 1000);
}

export function toast(sentence, { label, act, href, seconds = label ? 8 : 5 } = {}) {
  const said = element("p", { textContent: sentence });
  const note = element("div", { className: "toast" }, said);
  if (href) {
    const link = element("a", { className: "btn small", href, textContent: label });
    link.dataset.nav = "";
    note.append(link);
  } else if (label) {
    note.append(button(label, act));
  }
  byId("toasts")?.append(note);
  expire(note, seconds);
  return note;
}

export function startToasts() {
  byId("toasts")?.setAttribute("role", "status");
  for (const note of document.querySelectorAll("#toasts > .toast")) expire(note, 8);
  // after the click has done its work: a button that is gone submits nothing
  on("click", ".toast :is(button, a)", (pressed) =>
    setTimeout(() => pressed.closest(".toast").remove()),
  );
}
