// The tools a reply uses, shown while it does; its page shows them in full at the end.

import { announce } from "./announce.js";
import { element } from "./page.js";
import { grew } from "./scroll.js";

export function showCall({ turn, call, status, summary }) {
  const list = document.querySelector(`[data-turn="${turn}"] > .calls`);
  if (!list) return;
  let row = [...list.children].find(({ dataset }) => dataset.call === call);
  if (!row) list.append((row = element("li", { className: "call" })));
  Object.assign(row.dataset, { call, status });
  row.textContent = summary;
  announce(summary);
  grew();
}
