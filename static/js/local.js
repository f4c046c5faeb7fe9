// What this browser remembers for the person: drafts, unsent messages, preferences.
// Storage can be full or forbidden; the page then works without it.

import { user } from "./page.js";

const prefix = `${user}:`;

export function recall(key) {
  try {
    return localStorage.getItem(prefix + key);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    if (value) localStorage.setItem(prefix + key, value);
    else localStorage.removeItem(prefix + key);
  } catch {
    // kept in memory only
  }
}

// The [key, value] pairs whose key begins so, without the beginning.
export function recallAll(start) {
  try {
    return Object.entries(localStorage)
      .filter(([key]) => key.startsWith(prefix + start))
      .map(([key, value]) => [key.slice((prefix + start).length), value]);
  } catch {
    return [];
  }
}

export function forgetAll() {
  for (const [key] of recallAll("")) remember(key, null);
}

// Calls back when another tab removes such an entry.
export function onForgotten(start, act) {
  addEventListener("storage", ({ key, newValue }) => {
    if (newValue === null && key?.startsWith(prefix + start))
      act(key.slice((prefix + start).length));
  });
}
