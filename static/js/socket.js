// The tab's one connection: reconnects by itself, notices a dead line, speaks JSON.
//
// Events: every frame by its type; "up" when the server is ready; "down" with the close
// code; "refused" when trying again by itself is of no use (4401 signed out, 4403 origin);
// "foreign" when somebody else is signed in by now: nothing of this page is sent then.

import { Events } from "./events.js";
import { EventLine } from "./eventline.js";

const FIRST_WAIT = 0.5;
const LONGEST_WAIT = 30;
const SILENCE = 20_000;
const ANSWER_WITHIN = 5_000;
const STEADY = 10_000;
const REFUSALS = new Set([4401, 4403]);
// at once after a reader that was too slow; later where the server asks for less
const WAITS = { 4408: 0, 4429: 15, 4430: 60 };

export class Socket extends Events {
  #url;
  #user;
  #socket = null;
  #up = false;
  #tries = 0;
  #opened = 0;
  #unopened = 0; // tries in a row at a WebSocket that never opened: blocked, perhaps
  #retry;
  #beat;

  constructor(url, user) {
    super();
    this.#url = url;
    this.#user = user;
    addEventListener("online", () => this.check());
    addEventListener("offline", () => this.#socket && this.#drop(1006));
    addEventListener("pageshow", (shown) => shown.persisted && this.check());
    document.addEventListener("visibilitychange", () => document.hidden || this.check());
  }

  get up() {
    return this.#up;
  }

  // What carries the frames: "socket", or "stream" where WebSockets are blocked; "" when
  // the line is down.
  get carrier() {
    if (!this.#up) return "";
    return this.#socket instanceof EventLine ? "stream" : "socket";
  }

  connect() {
    clearTimeout(this.#retry);
    if (this.#socket) return;
    const socket = (this.#socket = this.#line());
    const mine = (act) => (event) => socket === this.#socket && act(event);
    socket.onopen = mine(() => (this.#unopened = 0));
    socket.onmessage = mine(({ data }) => this.#take(JSON.parse(data)));
    socket.onclose = mine(({ code }) => this.#drop(code));
    this.#listen(2 * ANSWER_WITHIN);
  }

  // Every other try is an event stream once WebSockets have failed twice: at once after
  // one, or a server that comes back in between would look like one that blocks them.
  get #isBlocked() {
    return this.#unopened >= 2 && this.#unopened % 2 === 0;
  }

  #line() {
    return this.#isBlocked ? new EventLine() : new WebSocket(this.#url);
  }

  // Whether the frame went out; not whether it arrived.
  send(frame) {
    if (!this.#up) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  // A line that died in its sleep looks open: ask, and give it a moment to answer.
  check() {
    if (!this.#socket) return this.connect();
    if (!this.send({ type: "ping", t: Date.now() })) return;
    this.#listen(ANSWER_WITHIN);
  }

  #take(frame) {
    clearTimeout(this.#beat);
    this.#beat = setTimeout(() => this.check(), SILENCE);
    if (frame.type === "ready") {
      if (String(frame.user) !== this.#user) return this.#leave();
      this.#up = true;
      this.#opened = Date.now();
    }
    this.tell(frame.type, frame);
    if (frame.type === "ready") this.tell("up");
  }

  #listen(patience) {
    clearTimeout(this.#beat); // any frame does so too
    this.#beat = setTimeout(() => this.#drop(1006), patience);
  }

  #leave() {
    this.#close();
    this.tell("foreign");
  }

  #close() {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#beat);
    clearTimeout(this.#retry);
    socket?.close();
  }

  #drop(code) {
    this.#close();
    if (this.#up && Date.now() - this.#opened > STEADY) this.#tries = 0;
    if (!this.#up) this.#unopened++;
    const wait = !this.#up && this.#isBlocked ? 0 : this.#wait(code);
    this.#up = false;
    this.tell("down", { code });
    if (REFUSALS.has(code)) this.tell("refused", { code });
    else this.#retry = setTimeout(() => this.connect(), wait * 1000);
  }

  #wait(code) {
    const grown = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#tries++);
    const jitter = 0.7 + 0.6 * Math.random();
    return (WAITS[code] ?? grown) * jitter;
  }
}
