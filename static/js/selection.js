// Carries a selection over a change that replaces the nodes under it (a code block that
// gets its colours, a list that turns loose), as offsets into the text.

export class KeptSelection {
  #root;
  #saved = undefined; // not looked yet; most changes replace nothing

  constructor(root) {
    this.#root = root;
  }

  save() {
    if (this.#saved !== undefined) return;
    this.#saved = null;
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0).cloneRange();
    if (!range.intersectsNode(this.#root)) return;
    this.#saved = {
      range,
      text: selection.toString(),
      start: this.#offset(range.startContainer, range.startOffset),
      end: this.#offset(range.endContainer, range.endOffset),
    };
  }

  restore() {
    if (!this.#saved) return;
    const { range, text, start, end } = this.#saved;
    const selection = getSelection();
    if (selection.toString() === text) return;
    this.#place(start, 0, (node, at) => range.setStart(node, at));
    this.#place(end, 1, (node, at) => range.setEnd(node, at));
    selection.removeAllRanges();
    selection.addRange(range);
  }

  #offset(node, at) {
    if (!this.#root.contains(node)) return -1;
    const before = document.createRange();
    before.setStart(this.#root, 0);
    before.setEnd(node, at);
    return before.toString().length;
  }

  // An end may lie just behind a node's last character, a start may not.
  #place(offset, slack, set) {
    if (offset < 0) return;
    const walk = document.createTreeWalker(this.#root, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode()); offset -= node.length)
      if (offset < node.length + slack) return set(node, offset);
  }
}
