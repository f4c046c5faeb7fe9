// Stopping a reply: what is on screen stays from the click on, and the wish is repeated
// until the server has carried it out.

import { focusComposer } from "./composer.js";
import { on } from "./page.js";

const PAUSES = [300, 1_000, 3_000];
const MOST_TRIES = 30;

export class Stopper {
  #socket;
  #replies;
  #wishes = new Map(); // turn -> {type, turn, seen}

  constructor(socket, replies) {
    this.#socket = socket;
    this.#replies = replies;
    replies.on("end", (turn) => this.#wishes.delete(turn));
    socket.on("up", () => this.#wishes.forEach((wish) => socket.send(wish)));
    on("click", ".stop", () => {
      this.stop();
      focusComposer(); // the button goes away
    });
  }

  // False when nothing was there to stop.
  stop = () => {
    const entry = this.#replies.current;
    if (!entry) return false;
    this.#halt(entry);
  };

  // The branch below a message is left: nobody waits for its replies, or pays for them.
  leave = (shown) => this.#replies.below(shown).forEach((entry) => this.#halt(entry));

  #halt(entry) {
    const seen = this.#replies.freeze(entry);
    this.#wishes.set(entry.turn, { type: "stop", turn: entry.turn, seen });
    this.#repeat(entry.turn, 0);
  }

  #repeat(turn, tries) {
    const wish = this.#wishes.get(turn);
    if (!wish || tries > MOST_TRIES) return;
    this.#socket.send(wish);
    setTimeout(() => this.#repeat(turn, tries + 1), PAUSES[tries] ?? PAUSES.at(-1));
  }
}
