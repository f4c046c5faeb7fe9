// Requests that must arrive exactly once: they wait in local storage, through lost lines
// and reloads, until the server says it has stored them. The id makes repeating harmless.
//
// Events: "settled" {item, ack}; "waiting" {item, why}, without `why` for the one before
// it; "refused" {item}; "elsewhere" {item}: another tab has had it acknowledged.

import { Events } from "./events.js";
import { onForgotten, recallAll, remember } from "./local.js";
import { uuid } from "./page.js";

const KEY = "outbox:";
const ACK_WITHIN = 15_000;
const MOST_TRIES = 6;
const LONGEST_PAUSE = 8;
const LARGE = "This is more than one message can hold.";

export class Outbox extends Events {
  #socket;
  #items = new Map();
  #sent = new Set(); // on this connection

  constructor(socket) {
    super();
    this.#socket = socket;
    for (const item of waiting()) this.#items.set(item.frame.id, item);
    socket.on("ack", (ack) => this.#settle(ack));
    socket.on("error", (error) => this.#refuse(error));
    socket.on("up", () => this.flush());
    socket.on("down", ({ code }) => this.#lost(code));
    onForgotten(KEY, (id) => this.#drop(id, "elsewhere"));
  }

  get items() {
    return [...this.#items.values()];
  }

  // `after`: the id of the request that begets the conversation this one belongs to;
  // `files`: what to show of its attachments.
  add(frame, after = null, files = []) {
    const item = { frame: { ...frame, id: uuid() }, after, files, at: Date.now() };
    this.#items.set(item.frame.id, item);
    this.#store(item);
    queueMicrotask(() => this.flush()); // the caller shows it first
    return item;
  }

  remove(id) {
    const item = this.#items.get(id);
    this.#items.delete(id);
    remember(KEY + id, null);
    for (const later of this.items)
      if (later.after === id) {
        later.after = null;
        this.#store(later);
      }
    return item;
  }

  retry(id) {
    const item = this.#items.get(id);
    if (!item) return;
    if (item.problem?.code === "stale_parent") delete item.frame.parent;
    delete item.problem;
    item.tries = 0;
    this.#store(item);
    this.flush();
  }

  // In the order typed: one that must wait holds back those behind it, one that was
  // refused those that were typed before this was known.
  flush() {
    const held = new Map(); // conversation -> what was typed until then
    const asking = new Set(); // conversations in which one may be refused as too late
    for (const item of this.items) {
      const { id, conversation = id, parent } = item.frame;
      const isHeld =
        item.at <= held.get(conversation) || this.#items.get(item.after)?.problem;
      if (item.problem) held.set(conversation, item.problem.at ?? 0);
      else if (item.notBefore > Date.now()) held.set(conversation, Infinity);
      else if (isHeld) this.tell("waiting", { item });
      else if (!item.after && !asking.has(conversation)) {
        if (!this.#sent.has(id) && this.#socket.send(item.frame)) this.#expect(id);
        if (parent) asking.add(conversation);
      }
    }
  }

  #lost(code) {
    if (code === 4413) // one of them was too large for a frame: not again by itself
      for (const id of this.#sent) this.#refuse({ id, code: "too_long", message: LARGE });
    this.#sent.clear();
  }

  #expect(id) {
    this.#sent.add(id);
    this.#later(ACK_WITHIN, id);
  }

  #later(wait, id) {
    setTimeout(() => {
      this.#sent.delete(id);
      this.flush();
    }, wait);
  }

  #settle(ack) {
    for (const later of this.items)
      if (later.after === ack.id && ack.conversation) {
        later.frame.conversation = ack.conversation;
        this.#store(later);
      }
    const item = this.remove(ack.id);
    if (!item) return;
    this.tell("settled", { item, ack });
    this.flush();
  }

  #refuse({ id, code, message, retry_after: wait }) {
    const item = this.#items.get(id);
    const grown = Math.min(LONGEST_PAUSE, 2 ** (item?.tries ?? 0));
    const pause = Math.max(grown, wait ?? 0) * 1000 * (1 + 0.3 * Math.random());
    if (!id && code === "rate_limited")
      for (const one of this.#sent) this.#later(pause, one); // any of them was dropped
    if (!item || code === "auth") return; // after signing in it goes out again
    this.#sent.delete(id);
    item.tries = (item.tries ?? 0) + 1;
    const typed = item.frame.text || item.frame.attachments;
    const passing = code === "rate_limited" || (code === "busy" && typed);
    if (passing && (item.frame.type === "send" || item.tries < MOST_TRIES)) {
      item.notBefore = Date.now() + pause;
      this.#later(pause + 10, id);
      this.tell("waiting", { item, why: message });
      return this.flush();
    }
    item.problem = { code, message, at: Date.now() };
    if (typed) this.#store(item);
    else this.remove(id); // nothing typed that could be lost
    this.tell("refused", { item });
    this.flush();
  }

  #drop(id, told) {
    const item = this.#items.get(id);
    if (!item) return;
    this.remove(id);
    this.tell(told, { item });
  }

  #store(item) {
    remember(KEY + item.frame.id, JSON.stringify({ ...item, notBefore: 0, tries: 0 }));
  }
}

// From earlier pages of this browser, in the order typed.
function waiting() {
  const read = ([, value]) => {
    try {
      return [JSON.parse(value)];
    } catch {
      return []; // not ours, or cut off
    }
  };
  return recallAll(KEY)
    .flatMap(read)
    .sort((a, b) => a.at - b.at);
}
