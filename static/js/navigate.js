// Moves between pages without reloading: real links, real addresses, only `main` changes.
// Whatever goes wrong, the browser loads the page itself.

import { announce } from "./announce.js";
import { focusComposer } from "./composer.js";
import { fetchFragment } from "./fragment.js";
import { byId, isCovered, on, onTouch } from "./page.js";
import { position } from "./scroll.js";
import { toast } from "./toasts.js";

const KEPT_PAGES = 20;
const AHEAD = 5_000;
const PATIENCE = 300;

const kept = new Map(); // address -> {nodes, title, at}, the least recently left first
const ahead = new Map(); // address -> fetch under way or just done
let shown = location.pathname + location.search; // null: nothing worth keeping
let trip = 0;
let arrived = () => {};

const main = () => byId("main");
const addressOf = ({ pathname, search }) => pathname + search;
const isConversation = (address) => /^\/c\/[0-9a-f-]{36}\/$/.test(address);

function load(address) {
  if (!ahead.has(address)) {
    ahead.set(address, fetchFragment(address, "main"));
    ahead.get(address).catch(() => ahead.delete(address));
    setTimeout(() => ahead.delete(address), AHEAD);
  }
  return ahead.get(address);
}

function keep() {
  if (!shown) return;
  kept.delete(shown);
  const nodes = [...main().childNodes];
  kept.set(shown, { nodes, title: document.title, at: position() });
  if (kept.size > KEPT_PAGES) kept.delete(kept.keys().next().value);
}

async function fetched(address) {
  const made = (await load(address)).cloneNode(true);
  const { title } = made.firstElementChild.dataset;
  return { nodes: [...made.childNodes], title, at: null };
}

// Going back finds every page as it was; a link, only conversations: they are brought up
// to date afterwards.
function recent(address, push) {
  if (push && !isConversation(address)) return undefined;
  const page = kept.get(address);
  kept.delete(address);
  return page && { ...page, again: true };
}

function bones() {
  const made = byId("bones-template")?.content.cloneNode(true);
  if (!made) return;
  shown = null;
  main().replaceChildren(made);
}

export async function go(href, { push = true, focus = true, at = null } = {}) {
  const to = new URL(href, location.href);
  const address = addressOf(to);
  if (push && address === shown) return land();
  const mine = ++trip;
  const from = shown;
  keep();
  const slow = setTimeout(bones, PATIENCE);
  let page;
  try {
    page = recent(address, push) ?? (await fetched(address));
  } catch (problem) {
    if (mine === trip) instead(to, push, problem, from);
    return;
  } finally {
    clearTimeout(slow);
  }
  if (mine !== trip) return;
  if (push) history.pushState(null, "", to);
  show({ ...page, at: page.at ?? at }, address);
  if (focus) land();
  announce(document.title);
}

// The browser loads the page itself; where that would only take this one away, it stays.
function instead(to, push, problem, from) {
  const isOffline = problem instanceof TypeError && !navigator.onLine;
  const stays = push && (isOffline || problem.status === 401); // it asks to sign in here
  const left = kept.get(from);
  if (stays && !shown && left) show({ ...left, again: true }, from); // the bones had come
  if (!push) location.reload();
  else if (!stays || !shown) location.assign(to);
  else if (isOffline) toast("This page cannot be opened while you are offline.");
}

function show({ nodes, title, at, again = false }, address) {
  const rail = byId("rail");
  if (rail?.matches(":popover-open")) rail.hidePopover();
  main().replaceChildren(...nodes);
  document.title = title ?? main().querySelector("h1")?.textContent ?? document.title;
  shown = address;
  arrived({ at, again });
}

// Where the keyboard goes on: writing, or reading from the top.
function land() {
  if (document.activeElement?.matches("#rail input")) return; // a title being changed
  const found = main().querySelector("[data-found]");
  if (found) {
    found.tabIndex = -1;
    return found.focus();
  }
  if (!onTouch() && focusComposer()) return;
  const heading = main().querySelector("h1") ?? main();
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

// The page on screen has got another address.
export function readdress(address) {
  history.replaceState(null, "", address);
  shown = address;
}

// The pages kept may show what is no longer so, with `all` conversations, too; this one,
// with `now`, is loaded again.
export function forget({ now = false, all = false } = {}) {
  ahead.clear();
  for (const address of kept.keys())
    if (all || !isConversation(address)) kept.delete(address);
  if (!now) return;
  const at = position();
  const focus = !byId("rail")?.contains(document.activeElement);
  shown = null; // or it would be kept, and found again
  go(location.href, { push: false, focus, at });
}

export function leave(address) {
  kept.delete(address);
  if (shown?.split("?")[0] !== address) return;
  shown = null;
  go("/");
}

const isPlain = ({ defaultPrevented, button, metaKey, ctrlKey, shiftKey, altKey }) =>
  !(defaultPrevented || button || metaKey || ctrlKey || shiftKey || altKey);

// `whenShown` prepares a page that has come: {at: where it was left, again}.
export function startNavigation(whenShown) {
  arrived = whenShown;
  on("pointerdown", "a[data-nav]", (link, { button }) => {
    const address = addressOf(link);
    if (!button && address !== shown && !kept.has(address)) load(address).catch(() => {});
  });
  on("click", "a[data-nav]", (link, event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    if (event.detail < 2) go(link.href); // the second click of two means something else
  });
  addEventListener("popstate", () => {
    if (addressOf(location) === shown) return; // only the part after # has changed
    go(location.href, { push: false, focus: !isCovered() });
  });
  addEventListener("pagehide", () => history.replaceState({ at: position() }, ""));
}

