// Tells what the thread has gained of lasting facts since the page came up.

import { announce } from "./announce.js";

const known = new Set();
const lines = () => [...document.querySelectorAll("[data-learned] > li")];

export const knowLearned = () => lines().forEach(({ id }) => known.add(id));

export function startLearned() {
  document.addEventListener("refreshed", () => {
    const fresh = lines().filter(({ id }) => !known.has(id));
    knowLearned();
    const told = fresh.map((line) => line.firstElementChild.textContent);
    if (told.length) announce(told.join(". "));
  });
}
