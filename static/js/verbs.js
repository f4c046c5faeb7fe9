// What menus do to a conversation, asked for in the background; deleting can be undone.

import { forget, leave } from "./navigate.js";
import { conversation, on } from "./page.js";
import { post } from "./post.js";
import { refreshThread, refreshTop } from "./refresh.js";
import { dropRow, refreshRows } from "./rows.js";
import { toast } from "./toasts.js";

const VERB = /^(\/c\/([0-9a-f-]{36})\/)(\w+)\/$/;
const REFUSED = "That did not work. Reload the page and try again.";

async function ask(base, id, verb, inMain, fields = {}) {
  if (verb === "delete" || verb === "archive") dropRow(id); // at once; brought back below
  const answer = await post(`${base}${verb}/`, fields);
  if (verb === "branch") return answer.ok ? refreshThread() : toast(REFUSED);
  refreshRows();
  if (!answer.ok) return toast(await reason(answer));
  if (verb === "delete") {
    leave(base);
    const undo = () => ask(base, id, "restore", false);
    toast("Conversation deleted", { label: "Undo", act: undo });
  }
  const here = id === conversation();
  if (here && verb !== "restore") refreshTop();
  forget({ now: inMain && (!here || verb === "restore") });
}

async function reason(answer) {
  if (!answer.status) return "You are offline. Nothing was changed.";
  return answer.status === 409 ? answer.text() : REFUSED;
}

// The buttons in menus belong to one form, which has no address of its own.
export function startVerbs() {
  on("submit", "#verbs", (form, event) => {
    const { submitter } = event;
    const found = VERB.exec(submitter?.getAttribute("formaction") ?? "");
    if (!found) return;
    event.preventDefault();
    submitter.closest(":popover-open")?.hidePopover();
    const [, base, id, verb] = found;
    const { name, value } = submitter;
    ask(base, id, verb, Boolean(submitter.closest("main")), name ? { [name]: value } : {});
  });
}
