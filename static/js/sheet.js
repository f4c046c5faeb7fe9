// A dialog over the page; it is gone when it is closed, and focus goes back.

import { button, element } from "./page.js";

export function openSheet(title, closeLabel, ...content) {
  const close = button(closeLabel, () => sheet.close());
  const sheet = element(
    "dialog",
    { className: "sheet", ariaLabel: title, onclose: () => sheet.remove() },
    element("header", {}, element("h2", { textContent: title }), close),
    element("div", { className: "body" }, ...content),
  );
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}
