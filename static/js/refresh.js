// Brings articles on the page up to what the server would show now.

import { fetchFragment } from "./fragment.js";
import { morphElement } from "./morph.js";
import { article, byId, conversation, element, thread } from "./page.js";

export const isLive = (status) => status === "queued" || status === "running";

const address = (suffix = "") => `/c/${conversation()}/${suffix}`;
let asked = null;
let changes = 0;

// The page has gained what an answer on its way cannot know of.
export const threadChanged = () => changes++;

export async function refreshArticle(message) {
  const made = await fetchFragment(address(`m/${message}/`), "message");
  const old = article(message);
  if (old) morphElement(old, made.firstElementChild);
}

// Several reasons at once are one request, and one more when the first is under way.
export async function refreshThread() {
  if (asked) return (asked.again = true);
  const round = (asked = { of: conversation(), again: false, changes });
  const made = await fetchFragment(address(), "thread").catch(() => null);
  asked = null;
  if (made && round.of === conversation()) {
    if (round.changes === changes) reconcile(thread(), made);
    else round.again = true;
  }
  if (round.again && conversation()) await refreshThread();
}

// Older messages that were loaded before stay; what left the branch goes; replies that
// both sides take for growing are left to their stream.
function reconcile(inPage, made) {
  const first = made.querySelector("article[id]");
  const known = first && byId(first.id);
  let cursor = known ?? inPage.firstElementChild;
  for (const fresh of [...made.children]) {
    const old = fresh.id ? byId(fresh.id) : null;
    const leads = known && fresh.nextElementSibling === first; // the day it begins with
    if ((known && fresh.matches("[data-older]")) || (leads && old)) continue;
    if (old && old === cursor) cursor = old.nextElementSibling;
    else inPage.insertBefore(old ?? fresh, cursor);
    if (old && !isGrowing(old, fresh) && !old.querySelector("form.edit"))
      morphElement(old, fresh);
  }
  while (cursor) {
    const gone = cursor;
    cursor = cursor.nextElementSibling;
    if (!gone.matches("[data-client]")) gone.remove();
  }
}

function isGrowing(old, fresh) {
  return (
    old.dataset.turn === fresh.dataset.turn &&
    isLive(old.dataset.status) &&
    isLive(fresh.dataset.status)
  );
}

// The page's head: title and menu.
export async function refreshTop() {
  const id = conversation();
  const made = await fetchFragment(address(), "main").catch(() => null);
  const top = made?.querySelector(".top");
  if (!top || conversation() !== id) return;
  const bar = document.querySelector("#main > .top > .bar");
  morphElement(bar, top.querySelector(".bar"));
  document.title = top.dataset.title;
}

// The link to older messages is replaced by them; what is in view stays where it is.
export async function loadOlder(link) {
  const scroll = byId("scroll");
  const made = await fetchFragment(link.href, "thread");
  made.querySelector(".newer")?.remove();
  for (const day of made.querySelectorAll(".day")) byId(day.id)?.remove();
  const below = scroll.scrollHeight - scroll.scrollTop;
  link.replaceWith(made);
  scroll.scrollTop = scroll.scrollHeight - below;
}

// What the page says when the server cannot be asked how a reply ended.
export function markLocally(reply, status, error) {
  if (status === "complete" || reply.querySelector(".note")) return;
  const ended = status === "stopped" ? "You stopped this reply." : "It was cut short.";
  const words = element("p", { textContent: error?.message ?? ended });
  const className = status === "failed" ? "note bad" : "note calm";
  reply.querySelector(".prose").after(element("div", { className }, words));
}
