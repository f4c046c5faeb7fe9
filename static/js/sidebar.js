// Keeps the list of conversations true: titles, running, unread, gone, as frames tell it.

import { go, leave } from "./navigate.js";
import { byId, conversation, on, setTitle } from "./page.js";
import { dropRow, entitle, markRows, refreshRows, rowChanged } from "./rows.js";
import { toast } from "./toasts.js";

export function startSidebar(socket) {
  socket.on("conversation", (frame) => {
    if (frame.deleted) return gone(frame.conversation);
    const row = byId(`row-${frame.conversation}`);
    if (frame.archived) dropRow(frame.conversation);
    else if (!row || hasMoved(row, frame)) refreshRows();
    if (row) paint(row, frame);
    if (frame.conversation === conversation()) showTitle(frame.title);
  });
  // a title that is cut off can be read whole
  on("mouseover", "#rows a > span, .bar h1, .library th > a", (name) => {
    const box = name.closest("th") ?? name;
    name.title = box.scrollWidth > box.clientWidth ? name.textContent : "";
  });
}

function paint(row, { conversation: id, title, running, unread }) {
  rowChanged();
  if (title) entitle(row, title);
  const ended = row.hasAttribute("data-running") && !running;
  row.toggleAttribute("data-running", Boolean(running));
  row.toggleAttribute("data-unread", Boolean(unread));
  markRows();
  if (ended && id !== conversation() && !document.hidden)
    toast(`“${title}” has a new reply.`, { label: "Open", href: `/c/${id}/` });
}

// A page that was kept, or asked for before a change, may have an older title.
export function showTitleOfRow() {
  const name = byId(`row-${conversation()}`)?.querySelector("a > span");
  showTitle(name?.textContent);
}

function showTitle(title) {
  const heading = document.querySelector("#main h1");
  if (!title || !heading) return;
  heading.textContent = title;
  setTitle(title);
}

// Activity moves a row to the top of its group, pinning to the pinned ones.
function hasMoved(row, { pinned, updated }) {
  const group = row.closest("section");
  if (pinned !== undefined && pinned !== (group?.dataset.group === "pinned")) return true;
  if (pinned || !updated || row.dataset.updated === updated) return false;
  row.dataset.updated = updated;
  return group?.dataset.group !== "today" || row !== group.querySelector("li");
}

function gone(id) {
  const here = id === conversation() && byId(`row-${id}`); // else it was done from here
  dropRow(id);
  leave(`/c/${id}/`);
  if (here) toast("This conversation was deleted.");
}

// The row before or after the one shown.
export function step(by) {
  const links = [...document.querySelectorAll("#rows li > a")];
  const at = links.findIndex((link) => link.ariaCurrent === "page");
  const next = links[at < 0 ? 0 : at + by];
  if (next) go(next.href);
}
