// Puts rows of conversations that came from the server into the list in the sidebar.

import { fetchFragment } from "./fragment.js";
import { byId, conversation, on } from "./page.js";

const TOGETHER = 200;
const rows = () => byId("rows");
const isInUse = () => rows().querySelector(":popover-open, input, :active");
let asked;
let changes = 0; // that a list which was asked for before does not have

// Which row is the page's; and in words what the dots of the others say.
export function markRows() {
  for (const row of rows()?.querySelectorAll("li[id]") ?? []) {
    const link = row.querySelector("a");
    const here = row.id === `row-${conversation()}`;
    if (here) link.ariaCurrent = "page";
    else link.removeAttribute("aria-current");
    if (here) row.removeAttribute("data-unread"); // the server knows: it is watched
    const { running, unread } = row.dataset;
    link.ariaDescription = running != null ? "replying" : unread != null ? "new reply" : "";
  }
}

// The first rows again, soon; not under a menu that is open, a title being changed, or a
// finger: a button that is replaced before it is let go was not pressed.
export function refreshRows() {
  asked ??= setTimeout(async () => {
    asked = null;
    if (isInUse()) return refreshRows();
    const before = changes;
    const made = await fetchFragment("/c/rows/", "rows").catch(() => null);
    if (!made) return;
    if (isInUse() || changes !== before) refreshRows();
    else putFirst(made);
  }, TOGETHER);
}

// What the page knows of a row is newer than a list that is still on its way.
export function rowChanged() {
  changes++;
}

// Rows loaded further down stay below the fresh ones; no row is there twice.
function putFirst(made) {
  const focused = document.activeElement;
  const focus = focused?.closest("#rows li")?.id;
  for (const row of made.querySelectorAll("li[id]")) byId(row.id)?.remove();
  rows().querySelector("[data-group=pinned]")?.remove();
  dropEmpty();
  const later = rows().querySelector("li[id]");
  if (later) made.querySelector("[data-next]")?.remove();
  else rows().replaceChildren();
  const rest = [...rows().children];
  rows().prepend(made);
  joinGroups();
  if (rest.length === 0) watchNext();
  const same = focused?.matches(".more") ? ".more" : "a";
  if (focus) byId(focus)?.querySelector(same).focus({ preventScroll: true });
  markRows();
}

// A title in its row, and wherever the row says it again.
export function entitle(row, title) {
  rowChanged();
  row.querySelector("a > span").textContent = title;
  row.querySelector(".more").ariaLabel = `Options for “${title}”`;
}

export function dropRow(id) {
  rowChanged();
  const row = byId(`row-${id}`);
  if (row?.contains(document.activeElement)) focusBeside(row);
  row?.remove();
  dropEmpty();
}

// The keyboard goes on from where the row was.
function focusBeside(row) {
  const all = [...rows().querySelectorAll("li[id]")];
  const at = all.indexOf(row);
  const beside = (all[at + 1] ?? all[at - 1])?.querySelector("a");
  (beside ?? byId("text"))?.focus({ preventScroll: true });
}

function dropEmpty() {
  for (const group of rows().querySelectorAll("section:not(:has(li))")) group.remove();
}

function joinGroups() {
  let before = null;
  for (const group of [...rows().querySelectorAll("section")]) {
    if (before?.dataset.group === group.dataset.group) {
      before.querySelector("ul").append(...group.querySelectorAll("li"));
      group.remove();
    } else before = group;
  }
}

// --- the list goes on when its end comes near
const near = new IntersectionObserver(
  (seen) => seen.forEach((one) => one.isIntersecting && more(one.target)),
  { scrollMargin: "600px" },
);

async function more(link) {
  near.unobserve(link);
  const made = await fetchFragment(link.href, "rows").catch(() => null);
  if (!made || !link.isConnected) return;
  for (const row of made.querySelectorAll("li[id]")) byId(row.id)?.remove();
  link.replaceWith(made);
  joinGroups();
  markRows();
  watchNext();
}

function watchNext() {
  const link = rows()?.querySelector("[data-next]");
  if (link) near.observe(link);
}

export function startRows() {
  watchNext();
  on("click", "[data-next]", (link, event) => {
    event.preventDefault();
    more(link);
  });
}
