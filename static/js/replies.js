// Applies the frames about replies to the articles on the page. Everything goes by the
// turn's id; a hole in a turn's sequence is healed by asking for the whole reply again.
//
// Events: "change" when a reply begins or ends, "end" {turn} for each that ended or went.

import { announce } from "./announce.js";
import { Events } from "./events.js";
import { article, byId, conversation, on, thread } from "./page.js";
import {
  isLive,
  markLocally,
  refreshArticle,
  refreshThread,
  takeAway,
  threadChanged,
} from "./refresh.js";
import { grew } from "./scroll.js";
import { Stream } from "./stream.js";

const ASK_AGAIN = 2_000;
const OUTCOMES = {
  complete: "Reply finished",
  stopped: "Reply stopped",
  interrupted: "Reply interrupted",
  failed: "Reply failed",
};

export class Replies extends Events {
  #socket;
  #live = new Map(); // turn -> {turn, article, stream, seq, offset, frozen, asked}
  #watched = null;

  constructor(socket) {
    super();
    this.#socket = socket;
    socket.on("turn", (frame) => this.#turn(frame));
    socket.on("snapshot", (frame) => this.#snapshot(frame));
    socket.on("patch", (frame) => this.#patch(frame));
    socket.on("end", (frame) => this.#end(frame));
    socket.on("branch", (frame) => {
      if (frame.conversation === conversation()) refreshThread();
    });
    socket.on("up", () => this.follow());
    on("refreshed", "#thread", () => this.adopt());
  }

  // The conversation on the page, from where its articles are.
  follow() {
    const here = conversation();
    if (this.#watched && this.#watched !== here)
      this.#socket.send({ type: "unwatch", conversation: this.#watched });
    this.#watched = here;
    for (const [turn, { article: shown }] of this.#live)
      if (!shown.isConnected) this.#live.delete(turn);
    if (here) this.#socket.send({ type: "watch", conversation: here, format: "html" });
    for (const shown of busyArticles()) this.#ask(this.#entry(shown.dataset.turn, shown));
    this.tell("change");
  }

  // The articles have changed behind the frames' back. What waited and is gone was
  // dropped; a reply that ran and is gone ends on another branch.
  adopt() {
    for (const [turn, { article: shown, waited }] of this.#live) {
      if (shown.isConnected) continue;
      this.#live.delete(turn);
      if (waited ?? shown.dataset.status === "queued") this.tell("end", turn);
    }
    for (const shown of busyArticles())
      if (!this.#live.has(shown.dataset.turn))
        this.#ask(this.#entry(shown.dataset.turn, shown));
    this.tell("change");
  }

  // The reply to stop, if any: the one that runs rather than one that waits behind it.
  get current() {
    const going = this.#going();
    return going.find((one) => one.article.dataset.status === "running") ?? going[0];
  }

  // Those below an article, the last first.
  below(shown) {
    const follows = (one) => shown.compareDocumentPosition(one.article) & 4;
    return this.#going().filter(follows).reverse();
  }

  #going() {
    return [...this.#live.values()].filter(({ frozen }) => !frozen);
  }

  // What is on screen now stays; answers how much of the reply that is.
  freeze(entry) {
    entry.frozen = true;
    entry.waited = entry.article.dataset.status === "queued";
    mark(entry.article, "stopped");
    this.tell("change");
    return entry.offset;
  }

  #entry(turn, shown) {
    const known = this.#live.get(turn);
    if (known?.article.isConnected) return known;
    shown ??= document.querySelector(`article[data-turn="${turn}"]`);
    if (!shown) return null;
    const body = shown.querySelector(".prose");
    const entry = { turn, article: shown, stream: new Stream(body), offset: 0, seq: 0 };
    if (body.firstChild) entry.seq = null; // unknown until a snapshot tells
    this.#live.set(turn, entry);
    this.tell("change");
    return entry;
  }

  #ask(entry) {
    if (Date.now() - entry.asked < ASK_AGAIN) return;
    const { turn, offset } = entry;
    const request = { type: "watch", conversation: conversation(), turn, offset };
    if (this.#socket.send({ ...request, format: "html" })) entry.asked = Date.now();
  }

  #turn({ turn, conversation: where, message, status, parent }) {
    if (where !== conversation()) return;
    this.#watched = where; // also when it was begun on this page
    const shown = article(message) ?? place(message, parent);
    if (!shown) return refreshThread();
    if (!isLive(status)) return this.#finish(turn, shown, status);
    const begun = !this.#live.has(turn);
    shown.dataset.turn = turn;
    const entry = this.#entry(turn, shown);
    if (entry.frozen) return;
    mark(shown, status);
    if (begun && entry.seq === null) this.#ask(entry);
    if (begun) announce("Generating…");
    grew();
  }

  #snapshot(frame) {
    const entry = this.#entry(frame.turn);
    if (!entry) return;
    entry.asked = 0;
    if (!entry.frozen) {
      entry.stream.replace(frame);
      Object.assign(entry, { seq: frame.seq, offset: frame.offset });
      if (isLive(frame.status)) mark(entry.article, frame.status);
      grew();
    }
    if (!isLive(frame.status)) this.#finish(frame.turn, entry.article, frame.status);
  }

  #patch(frame) {
    const entry = this.#entry(frame.turn);
    if (!entry || entry.frozen || (entry.seq !== null && frame.seq <= entry.seq)) return;
    if (entry.seq === null || frame.seq !== entry.seq + 1) return this.#ask(entry);
    entry.stream.patch(frame);
    entry.seq = frame.seq;
    entry.offset = frame.offset;
    if (entry.article.dataset.status === "queued") mark(entry.article, "running");
    grew();
  }

  #end({ turn, conversation: where, message, status, error }) {
    this.tell("end", turn);
    if (where !== conversation()) return;
    const shown = article(message);
    if (shown) this.#finish(turn, shown, status, error);
    else refreshThread();
  }

  #finish(turn, shown, status, error) {
    const isNews = this.#live.delete(turn) || shown.dataset.status !== status;
    if (!isNews) return;
    shown.dataset.status = status; // busy until all its text is there
    refreshArticle(shown.dataset.message)
      .catch(() => markLocally(shown, status, error))
      .finally(() => {
        if (!isLive(shown.dataset.status)) shown.removeAttribute("aria-busy");
        grew();
      });
    announce([OUTCOMES[status], error?.message].filter(Boolean).join(". "));
    this.tell("change");
  }
}

const busyArticles = () =>
  [...(thread()?.querySelectorAll("article[aria-busy=true][data-turn]") ?? [])].filter(
    (shown) => isLive(shown.dataset.status),
  );

function mark(shown, status) {
  shown.dataset.status = status;
  if (isLive(status)) {
    shown.ariaBusy = "true";
    shown.querySelector(".note:not(.waits)")?.remove(); // of the try gone on with
  } else shown.removeAttribute("aria-busy");
}

// Behind the message it answers; another try at the same answer leaves the page.
function place(message, parent) {
  const asked = parent && article(parent);
  if (!asked) return null;
  const made = byId("reply-template").content.firstElementChild.cloneNode(true);
  made.id = `m-${message}`;
  made.dataset.message = message;
  made.dataset.role = "assistant";
  const others = thread().querySelectorAll(`#${asked.id} ~ :not([data-client])`);
  if (others[0]?.matches("article.reply")) others.forEach(takeAway);
  asked.after(made);
  threadChanged();
  return made;
}
