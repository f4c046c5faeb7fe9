// What menus do to a conversation, asked for in the background; putting one away can be
// undone.

import { forget, leave } from "./navigate.js";
import { conversation, on, thread } from "./page.js";
import { post } from "./post.js";
import { refreshThread, refreshTop } from "./refresh.js";
import { dropRow, refreshRows } from "./rows.js";
import { toast } from "./toasts.js";

const VERB = /^(\/c\/([0-9a-f-]{36})\/)(\w+)\/$/;
const MARK = /^\/c\/[^/]+\/m\/[^/]+\/\w+\/$/;
const UNDO = /^\/settings\/(facts|core)\/[^/]+\/undo\//;
const UNDONE = {
  delete: ["Conversation deleted", "restore"],
  archive: ["Conversation archived", "unarchive"],
};
const REFUSED = "That did not work. Reload the page and try again.";

async function ask(base, id, verb, inMain) {
  if (verb === "delete" || verb === "archive") dropRow(id); // at once; brought back below
  const answer = await post(`${base}${verb}/`);
  refreshRows();
  if (!answer.ok) return toast(await reason(answer));
  const here = id === conversation();
  if (verb === "delete") leave(base);
  const [told, back] = UNDONE[verb] ?? [];
  const act = () => ask(base, id, back, inMain && !here);
  if (told) toast(told, { label: "Undo", act });
  if (here && verb !== "restore") refreshTop();
  forget({ now: inMain && (!here || verb === "restore") });
}

// Another version of a message; the keyboard stays on the same button.
async function turnTo(base, pressed) {
  const at = [...thread().children].indexOf(pressed.closest("article"));
  const answer = await post(`${base}branch/`, { [pressed.name]: pressed.value });
  if (!answer.ok) return toast(await reason(answer));
  await refreshThread();
  const pager = thread().children[at]?.querySelector(".pager");
  const same = pager?.querySelector(`[aria-label="${pressed.ariaLabel}"]:enabled`);
  (same ?? pager?.querySelector(":enabled"))?.focus();
}

// A message goes with every turn from now on, or with none, or neither.
async function mark(address) {
  const answer = await post(address);
  if (answer.ok) refreshThread();
  else toast(await reason(answer));
}

// What was learned is not known any more; the keyboard stays with the reply.
async function takeBack(address, pressed) {
  const of = pressed.closest("article");
  const answer = await post(address);
  if (!answer.ok && answer.status !== 409) return toast(await reason(answer));
  await refreshThread();
  of.querySelector(".acts .btn")?.focus();
  toast(answer.ok ? "Taken back." : "This has changed meanwhile.");
}

async function reason(answer) {
  if (!answer.status) return "You are offline. Nothing was changed.";
  if (answer.status === 429) return (await answer.json()).message;
  return answer.status === 409 ? answer.text() : REFUSED;
}

// The buttons in menus belong to one form, which has no address of its own.
export function startVerbs() {
  on("submit", "#verbs", (form, event) => {
    const { submitter } = event;
    const address = submitter?.getAttribute("formaction") ?? "";
    const found = VERB.exec(address);
    const undoes = UNDO.test(address) && submitter.closest("#thread");
    if (!found && !undoes && !MARK.test(address)) return;
    event.preventDefault();
    submitter.closest(":popover-open")?.hidePopover();
    if (undoes) return takeBack(address, submitter);
    if (!found) return mark(address);
    const [, base, id, verb] = found;
    if (verb === "branch") turnTo(base, submitter);
    else ask(base, id, verb, Boolean(submitter.closest("main")));
  });
}
