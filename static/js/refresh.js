// Brings articles on the page up to what the server would show now.

import { fillComposer } from "./composer.js";
import { fetchFragment } from "./fragment.js";
import { morphElement } from "./morph.js";
import { article, byId, conversation, element, thread } from "./page.js";
import { grew, keepPlace } from "./scroll.js";
import { toast } from "./toasts.js";

export const isLive = (status) => status === "queued" || status === "running";

const address = (suffix = "") => `/c/${conversation()}/${suffix}`;
const isEdited = (shown) => shown.querySelector("form.edit");
let asked = null;
let changes = 0;

// The page has gained what an answer on its way cannot know of.
export const threadChanged = () => changes++;

export async function refreshArticle(message) {
  const made = await fetchFragment(address(`m/${message}/`), "message");
  const old = article(message);
  if (old && !isEdited(old)) morphElement(old, made.firstElementChild);
}

// Several reasons at once are one request, and one more when the first is under way.
export function refreshThread() {
  if (asked) asked.again = true;
  else {
    asked = { again: true };
    asked.done = untilSettled(asked).finally(() => (asked = null));
  }
  return asked.done;
}

async function untilSettled(round) {
  while (round.again && conversation()) {
    round.again = false;
    const [of, known] = [conversation(), changes];
    const shown = thread().dataset.reading ?? address(); // earlier messages, or the end
    const made = await fetchFragment(shown, "thread").catch(() => null);
    if (!made || of !== conversation()) continue;
    if (known !== changes) round.again = true;
    else show(made);
  }
}

function show(made) {
  keepPlace(() => reconcile(thread(), made));
  grew();
  thread().dispatchEvent(new Event("refreshed", { bubbles: true }));
}

// Older messages that were loaded before stay; what left the branch goes; replies that
// both sides take for growing are left to their stream.
function reconcile(inPage, made) {
  const first = made.querySelector("article[id]");
  const known = first && byId(first.id);
  const stays = new Set(Array.from(made.children, ({ id }) => id || null));
  let cursor = known ?? inPage.firstElementChild;
  for (const fresh of [...made.children]) {
    let old = fresh.id ? byId(fresh.id) : null;
    const leads = known && fresh.nextElementSibling === first; // the day it begins with
    if ((known && fresh.matches("[data-older]")) || (leads && old)) continue;
    while (cursor && !stays.has(cursor.id) && !cursor.matches("[data-client]")) {
      if (!old && isVersion(cursor, fresh)) old = turnInto(cursor, fresh);
      else cursor = takeAway(cursor);
    }
    if (old && old === cursor) cursor = old.nextElementSibling;
    else inPage.insertBefore(old ?? fresh, cursor);
    if (old && !isGrowing(old, fresh) && !isEdited(old)) morphElement(old, fresh);
  }
  while (cursor) {
    const isOurs = cursor.matches("[data-client]"); // not sent yet
    cursor = isOurs ? cursor.nextElementSibling : takeAway(cursor);
  }
}

// A message said in other words keeps its place, and with it the focus and an open edit.
const isVersion = (old, fresh) =>
  old.matches("article.user") && fresh.matches("article.user:has(.pager)");

function turnInto(old, { id, dataset }) {
  old.id = id;
  old.dataset.message = dataset.message;
  return old;
}

// It left the branch; words being written in it must not leave with it. Answers what
// came after it.
export function takeAway(gone) {
  const next = gone.nextElementSibling;
  const words = gone.querySelector("form.edit textarea")?.value;
  gone.remove();
  if (words) {
    fillComposer(words);
    toast("The message you were editing is gone. Your words are in the box.");
  }
  return next;
}

// Or has been stopped here, which the server is yet to carry out.
function isGrowing(old, fresh) {
  const { turn, status } = old.dataset;
  const here = isLive(status) || status === "stopped";
  return here && turn === fresh.dataset.turn && isLive(fresh.dataset.status);
}

const CHOICE = "#composer [data-panel]";
let gauged = 0;

// Answers whether nobody has asked how full the next prompt is since then.
export function askGauge() {
  const mine = ++gauged;
  return () => mine === gauged;
}

// What the page says of its conversation: title, menu, gauge, model.
export async function refreshTop() {
  const id = conversation();
  const isLast = askGauge();
  const made = await fetchFragment(address(), "main").catch(() => null);
  const top = made?.querySelector(".top");
  if (!top || conversation() !== id) return;
  const gauge = byId("gauge");
  if (gauge && !isLast()) top.querySelector("#gauge")?.replaceWith(gauge.cloneNode(true));
  const bar = document.querySelector("#main > .top > .bar");
  morphElement(bar, top.querySelector(".bar"));
  const choice = made.querySelector(CHOICE);
  if (choice) morphElement(document.querySelector(CHOICE), choice);
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
