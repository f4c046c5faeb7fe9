// The text of one reply while it grows. The server renders; this applies what changed.
//
// The last part of the HTML is open: it may still change. A patch says that the open part
// now reads open.slice(0, keep) + html, and that its first `done` units, which are
// `blocks` elements, are final.

import { fragment } from "./fragment.js";
import { dropBlanks, morph } from "./morph.js";

export class Stream {
  #body;
  #open = "";
  #final = null; // the last element that will not change

  constructor(body) {
    this.#body = body;
    dropBlanks(body);
  }

  replace({ html, open, blocks }) {
    this.#final = null;
    this.#show(html, html.length - open, blocks);
  }

  patch({ keep, html, done, blocks }) {
    if (keep < 0) this.#final = null;
    const kept = keep < 0 ? "" : this.#open.slice(0, keep);
    this.#show(kept + html, done, blocks);
  }

  #show(html, done, blocks) {
    const made = fragment(html);
    dropBlanks(made);
    morph(this.#body, made, this.#final);
    for (; blocks > 0; blocks--)
      this.#final = this.#final
        ? this.#final.nextElementSibling
        : this.#body.firstElementChild;
    this.#open = html.slice(done);
  }
}
