// Sent messages on the page before the server has them: shown at once, marked while they
// wait, with a way out when they are refused. What was typed is never lost.

import { attachments } from "./attachments.js";
import { sentChips } from "./chips.js";
import { isCommand, showNotice } from "./commands.js";
import { fillComposer } from "./composer.js";
import { article, button, byId, conversation, element, thread } from "./page.js";
import { refreshThread, refreshTop, threadChanged } from "./refresh.js";
import { anchor, grew, toEnd } from "./scroll.js";
import { toast } from "./toasts.js";

const OFFLINE = "Will be sent when you are back online.";
const FIRST = "Will be sent after the message before it.";
const because = (why) =>
  why ? `${why.split(".")[0]}. It will be sent in a moment.` : FIRST;

const bubble = (item) => document.querySelector(`[data-client="${item.frame.id}"]`);
const isHere = (item) =>
  item.frame.type === "send" && (item.frame.conversation ?? null) === conversation();

export class Pending {
  #outbox;
  #born;
  #isLost = false;

  // `born` is called when a message begot the conversation it is in.
  constructor(socket, outbox, born) {
    this.#outbox = outbox;
    this.#born = born;
    outbox.on("settled", ({ item, ack }) => this.#settled(item, ack));
    outbox.on("refused", ({ item }) => this.#refused(item));
    outbox.on("waiting", ({ item, why }) => tell(bubble(item), because(why)));
    outbox.on("elsewhere", ({ item }) => {
      bubble(item)?.remove();
      if (conversation()) refreshThread();
    });
    socket.on("up", () => {
      this.#connection(false);
      outbox.flush(); // says again what the others wait for
    });
    socket.on("down", () => setTimeout(() => socket.up || this.#connection(true), 1000));
  }

  send(text, here = conversation(), files = []) {
    const frame = { type: "send", text, format: "html" };
    if (files.length) frame.attachments = files.map(({ id }) => id);
    if (here) frame.conversation = here;
    else if (byId("temporary")?.checked) frame.temporary = true;
    if (here !== conversation()) return this.#outbox.add(frame, null, files);
    const mine = this.#outbox.items.filter((one) => isHere(one) && !one.problem);
    // refused when it is not the last one of all: then this page is behind
    const last = [...thread().querySelectorAll("article.turn, .newer")].at(-1);
    if (last?.dataset.role === "assistant" && !mine.length)
      frame.parent = last.dataset.message;
    const after = here ? null : (mine.at(-1)?.frame.id ?? null);
    const item = this.#outbox.add(frame, after, files);
    const made = this.#show(item);
    if (isCommand(text)) return toEnd();
    // a reply that grows stays in view
    anchor(thread().querySelector("[aria-busy=true]") ? null : made);
  }

  // After a page has come: what still waits for it, and nothing else.
  show() {
    if (!thread() || thread().dataset.reading) return;
    const waiting = this.#outbox.items.filter(isHere);
    for (const old of thread().querySelectorAll("[data-client]")) old.remove();
    for (const item of waiting) this.#show(item);
    if (waiting.length) toEnd();
  }

  #show(item) {
    const made = byId("user-template").content.firstElementChild.cloneNode(true);
    made.dataset.role = "user";
    made.dataset.client = item.frame.id;
    made.dataset.state = "queued";
    made.toggleAttribute("data-command", isCommand(item.frame.text));
    made.querySelector(".bubble").textContent = item.frame.text;
    if (item.files?.length) sentChips(made, item.files);
    thread().append(made);
    tell(made, this.#isLost ? OFFLINE : "");
    if (item.problem) this.#explain(made, item);
    return made;
  }

  #connection(isLost) {
    this.#isLost = isLost;
    for (const made of document.querySelectorAll("[data-client][data-state=queued]"))
      tell(made, isLost ? OFFLINE : "");
  }

  #settled({ frame, files }, ack) {
    if (frame.type !== "send") {
      if (ack.conversation === conversation()) refreshThread();
      return;
    }
    const made = bubble({ frame });
    if (!made && ack.notice) toast(ack.notice.split("\n")[0]); // of another page
    if (!made) return;
    if (!ack.message) {
      made.remove();
      if (conversation()) refreshTop(); // it may have been set up otherwise
      return showNotice(frame, ack.notice ?? "");
    }
    if (article(ack.message)) made.remove(); // already here
    threadChanged();
    made.id = `m-${ack.message}`;
    made.dataset.message = ack.message;
    delete made.dataset.client;
    delete made.dataset.state;
    for (const note of made.querySelectorAll(".queued, .note")) note.remove();
    if (!conversation() && ack.conversation) this.#born(ack.conversation);
    // with its files, or what was redacted, as the server shows them
    if (files?.length || ack.redacted) refreshThread();
  }

  #refused(item) {
    const made = bubble(item);
    if (made) this.#explain(made, item);
    if (made && item.problem.code === "stale_parent") refreshThread(); // to look at
  }

  #explain(made, item) {
    const { id, text } = item.frame;
    made.dataset.state = "refused";
    tell(made, "");
    const again = button("Try again", () => {
      note.remove();
      made.dataset.state = "queued";
      this.#outbox.retry(id);
    });
    const edit = button("Edit", () => {
      this.#outbox.remove(id);
      this.#outbox.flush(); // those that waited behind it
      made.remove();
      fillComposer(text);
      attachments.giveBack(item.files ?? []);
    });
    const words = element("p", { textContent: item.problem.message });
    const look = { className: "note bad", role: "alert" };
    const note = element("div", look, words, again, edit);
    made.append(note);
    grew();
  }
}

function tell(made, sentence) {
  if (!made) return;
  const line = made.querySelector(".queued") ?? element("p", { className: "queued" });
  line.textContent = sentence;
  line.hidden = !sentence;
  if (!line.isConnected) made.querySelector(".bubble").after(line);
}
