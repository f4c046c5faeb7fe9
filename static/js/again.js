// What is under way on a page that nobody pushes to is looked at again, while it shows.

import { fetchFragment } from "./fragment.js";
import { morphElement } from "./morph.js";

const PAUSE = 1_000;

export function startAgain() {
  const look = async () => {
    const old = document.querySelector("[data-look-again]");
    if (!old || document.hidden) return;
    const here = location.pathname + location.search;
    const made = await fetchFragment(here, "main").catch(() => null);
    const fresh = made?.querySelector(`#${old.id}`);
    if (fresh && old.isConnected) morphElement(old, fresh);
  };
  const again = () => look().finally(() => setTimeout(again, PAUSE));
  again();
}
