// Changes a conversation's title where it stands: in its row, or as the page's heading.

import { byId, conversation, element, isNarrow, on, setTitle } from "./page.js";
import { post } from "./post.js";
import { entitle } from "./rows.js";
import { toast } from "./toasts.js";

function edit(id, holder, place, hide) {
  const before = holder.textContent.trim();
  const field = element("input", { className: "rename", value: before, maxLength: 200 });
  field.ariaLabel = "Title";
  let open = true;
  const close = (save) => {
    if (!open) return;
    open = false;
    const title = field.value.trim();
    const hadFocus = document.activeElement === field;
    field.remove();
    hide.hidden = false;
    if (hadFocus) (hide.closest("a, button") ?? byId("text"))?.focus();
    if (save && title && title !== before) store(id, title, before);
  };
  field.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close(false);
    if (event.key === "Enter" && !event.isComposing) close(true);
  };
  field.onblur = () => close(true);
  hide.hidden = true;
  place(field);
  field.focus();
  field.select();
}

async function store(id, title, before) {
  show(id, title);
  const answer = await post(`/c/${id}/rename/`, { title });
  if (answer.ok) return;
  show(id, before);
  toast((answer.status === 422 && (await answer.text())) || "The title was not saved.");
}

function show(id, title) {
  const row = byId(`row-${id}`);
  if (row) entitle(row, title);
  if (id !== conversation()) return;
  const heading = document.querySelector("#main h1");
  if (heading) heading.textContent = title;
  setTitle(title);
}

function renameRow(row) {
  const link = row.querySelector("a");
  edit(row.id.slice(4), link.querySelector("span"), (field) => link.before(field), link);
}

function renameHeading() {
  const heading = document.querySelector("#main h1");
  edit(conversation(), heading, (field) => heading.before(field), heading);
}

export function startRename() {
  on("dblclick", "#rows li > a", (link, event) => {
    event.preventDefault();
    renameRow(link.closest("li"));
  });
  on("click", "[data-rename]", (button, event) => {
    const row = button.closest("li[id^=row-]");
    const mine = button.formAction.endsWith(`/c/${conversation()}/rename/`);
    if (!row && !mine) return; // the page with the form
    event.preventDefault();
    button.closest(":popover-open")?.hidePopover();
    if (row && !(mine && isNarrow())) renameRow(row);
    else renameHeading();
  });
  on("keydown", "#rows li > a", (link, event) => {
    if (event.key === "F2") renameRow(link.closest("li"));
  });
}
