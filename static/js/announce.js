// What assistive technology is told, politely, about things that happen elsewhere.

import { byId } from "./page.js";

export function announce(sentence) {
  const status = byId("announce");
  if (status) status.textContent = sentence;
}
