// Who decides where the thread is scrolled to: the person, or the reply that grows.
//
// A sent message is put near the top and an empty block below it keeps the height the
// same while the reply fills the page; from then on the end is followed. Any move up by
// hand ends that, coming back near the end resumes it. Moves are told apart by position.

import { byId, element, on, thread } from "./page.js";

const NEAR = 60;
const FAR = 200;
const ABOVE = 50;
const EASE = 80; // ms, time constant
const HAND = 3;
const FINGER = 10;
const UP_KEYS = new Set(["ArrowUp", "PageUp", "Home"]);

// buttons below the growing text: they must not move under the hand
const WAITING = "[aria-busy=true] ~ [data-status=queued]";

let pinned = true;
let highest = 0; // since pinned
let last = 0;
let anchored = null; // the sent message
let spacer = null;
let easing = 0;

const scroller = () => byId("scroll");
const rest = (it) => it.scrollHeight - it.scrollTop - it.clientHeight;

export function toEnd() {
  const it = scroller();
  if (!it) return;
  fit(); // what has come in its place makes the empty block shorter
  pinned = true;
  it.scrollTop = it.scrollHeight;
  highest = last = it.scrollTop;
}

// Where to come back to; null is the end.
export function position() {
  return pinned ? null : (scroller()?.scrollTop ?? null);
}

// A page has come: at its end, at the message it was opened for, or where it was left.
// One without messages, or of earlier ones: at its top.
export function showPage(at) {
  anchored = null;
  spacer?.remove();
  const found = at === null && thread()?.querySelector("[data-found]");
  const ends = thread()?.querySelector("article") && !thread().dataset.reading;
  pinned = at === null && !found && Boolean(ends);
  if (pinned) {
    toEnd();
    requestAnimationFrame(() => pinned && toEnd()); // some heights are known only now
  } else if (found) found.scrollIntoView();
  else if (at) scroller().scrollTop = last = at;
  if (scroller()) resized.observe(scroller());
  offerEnd();
}

// Null: nothing is put near the top, the end is followed.
export function anchor(message) {
  anchored = message;
  spacer ??= element("div", { className: "spacer" });
  if (message) thread().after(spacer);
  else spacer.remove();
  follow();
}

function follow() {
  pinned = true;
  highest = 0;
  grew();
}

// The thread has changed: keep the sent message where it is, follow the end.
export function grew() {
  fit();
  if (pinned && thread()?.querySelector(WAITING)) toEnd();
  if (pinned && !easing) easing = requestAnimationFrame((now) => ease(now, now - 16));
  offerEnd();
}

// Changes the thread; what is being read stays where it is on the screen.
export function keepPlace(change) {
  const box = (it) => it.getBoundingClientRect();
  const isIn = (it) => box(it).bottom > box(scroller()).top;
  const read = pinned ? null : [...thread().children].find(isIn);
  const was = read && box(read).top;
  change();
  if (read?.isConnected) scroller().scrollTop += box(read).top - was;
}

function fit() {
  if (anchored && !anchored.isConnected) anchored = spacer.remove();
  if (!anchored) return;
  const sent = anchored.getBoundingClientRect();
  const room = scroller().clientHeight;
  const above = Math.min(ABOVE, room / 2 - sent.height);
  const left = room - above - (thread().getBoundingClientRect().bottom - sent.top);
  spacer.style.blockSize = `${Math.max(0, left)}px`;
  if (left <= 0) anchored = null;
}

function ease(now, before) {
  const it = scroller();
  const left = it && pinned ? rest(it) : 0;
  easing = 0;
  if (left < 1) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const part = still ? 1 : 1 - Math.exp((before - now) / EASE);
  it.scrollTop += Math.max(1, left * part);
  easing = requestAnimationFrame((next) => ease(next, now));
}

function scrolled() {
  const it = scroller();
  const top = it.scrollTop;
  if (rest(it) < 1) [pinned, highest] = [true, top]; // also when the page shrank
  else if (pinned && top < highest - HAND) pinned = false;
  else if (!pinned && top > last && rest(it) < NEAR) [pinned, highest] = [true, top];
  highest = Math.max(highest, top);
  last = top;
  offerEnd();
}

function byHand() {
  if (scroller()?.scrollTop > 0) pinned = false;
}

function offerEnd() {
  const [it, offer] = [scroller(), byId("to-end")];
  if (!it || !offer || !thread()?.firstChild) return;
  const bottom = (part) => part?.getBoundingClientRect().bottom ?? 0;
  const left = bottom(thread()) - bottom(it); // without the empty block
  if (left > FAR && !pinned) offer.hidden = false;
  else if (left < NEAR || pinned) offer.hidden = true;
}

const resized = new ResizeObserver(() => {
  fit();
  if (pinned) toEnd();
});

export function startScroll() {
  let touched = 0;
  const quiet = { capture: true, passive: true };
  const watch = (event, act) =>
    document.addEventListener(
      event,
      (happened) => happened.target.closest?.("#scroll") && act(happened),
      quiet,
    );
  watch("scroll", (event) => event.target === scroller() && scrolled());
  watch("wheel", (event) => event.deltaY <= -HAND && byHand());
  watch("touchstart", (event) => (touched = event.touches[0].clientY));
  watch("touchmove", (event) => event.touches[0].clientY - touched >= FINGER && byHand());
  document.addEventListener("keydown", ({ key, target }) => {
    if (UP_KEYS.has(key) && !target.closest("input, textarea, select, nav")) byHand();
  });
  on("click", "#to-end", follow);
}
