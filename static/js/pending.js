// Sent messages on the page before the server has them: shown at once, marked while they
// wait, with a way out when they are refused. What was typed is never lost.

import { fillComposer } from "./composer.js";
import { article, button, byId, conversation, element, thread } from "./page.js";
import { refreshThread, threadChanged } from "./refresh.js";
import { anchor, grew, toEnd } from "./scroll.js";

const OFFLINE = "Will be sent when you are back online.";
const BUSY = "The server is busy. It will be sent in a moment.";

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
    outbox.on("waiting", ({ item }) => tell(bubble(item), BUSY));
    outbox.on("elsewhere", ({ item }) => {
      bubble(item)?.remove();
      if (conversation()) refreshThread();
    });
    socket.on("up", () => this.#connection(false));
    socket.on("down", () => setTimeout(() => socket.up || this.#connection(true), 1000));
  }

  send(text) {
    const here = conversation();
    const mine = this.#outbox.items.filter(isHere);
    const frame = { type: "send", text, format: "html" };
    if (here) frame.conversation = here;
    // refused when it is not the last one of all: then this page is behind
    const last = [...thread().querySelectorAll("article[data-message], .newer")].at(-1);
    if (last?.dataset.role === "assistant" && !mine.length)
      frame.parent = last.dataset.message;
    const item = this.#outbox.add(frame, here ? null : (mine.at(-1)?.frame.id ?? null));
    anchor(this.#show(item));
  }

  // After a page has come: what still waits for it, and nothing else.
  show() {
    if (!thread()) return;
    const waiting = this.#outbox.items.filter(isHere);
    for (const old of thread().querySelectorAll("[data-client]")) old.remove();
    for (const item of waiting) this.#show(item);
    if (waiting.length) toEnd();
  }

  #show(item) {
    const made = byId("user-template").content.firstElementChild.cloneNode(true);
    made.dataset.client = item.frame.id;
    made.dataset.state = "queued";
    made.querySelector(".bubble").textContent = item.frame.text;
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

  #settled({ frame }, ack) {
    if (frame.type !== "send") {
      if (ack.conversation === conversation()) refreshThread();
      return;
    }
    const made = bubble({ frame });
    if (!made) return;
    if (!ack.message || article(ack.message)) made.remove(); // a command, or already here
    threadChanged();
    made.id = `m-${ack.message}`;
    made.dataset.message = ack.message;
    delete made.dataset.client;
    delete made.dataset.state;
    for (const note of made.querySelectorAll(".queued, .note")) note.remove();
    if (!conversation() && ack.conversation) this.#born(ack.conversation);
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
      made.remove();
      fillComposer(text);
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
