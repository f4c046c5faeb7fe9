// Makes the children of one node equal to those of another and touches no more than
// differs: growing text is appended to its text node, unchanged nodes are left alone.
// A selection, a focused button or a scrolled code block inside survives.

import { KeptSelection } from "./selection.js";

// Children of `from` up to and including `after` are taken as equal already.
export function morph(from, to, after = null) {
  const selection = new KeptSelection(from);
  morphChildren(from, to, after, selection);
  selection.restore();
}

export function morphElement(old, made) {
  for (const one of [old, made])
    for (const part of [one, ...one.querySelectorAll(".prose")]) dropBlanks(part);
  setAttributes(old, made);
  morph(old, made);
}

// The space between blocks means nothing and would hide that they are the same.
export function dropBlanks(parent) {
  for (const node of [...parent.childNodes])
    if (node.nodeType === Node.TEXT_NODE && !node.data.trim()) node.remove();
}

function morphChildren(from, to, after, selection) {
  let old = after ? after.nextSibling : from.firstChild;
  for (let made = to.firstChild, next; made; made = next) {
    next = made.nextSibling;
    while (old && isInTheWay(old, made)) {
      const gone = old;
      old = old.nextSibling;
      selection.save();
      gone.remove();
    }
    if (!old || isInTheWay(made, old)) {
      from.insertBefore(made, old);
      continue;
    }
    const current = old;
    old = old.nextSibling;
    if (current.nodeName !== made.nodeName) {
      selection.save();
      current.replaceWith(made);
    } else if (made.nodeType === Node.TEXT_NODE) {
      setText(current, made.data);
    } else if (!current.isEqualNode(made)) {
      setAttributes(current, made);
      morphChildren(current, made, null, selection);
    }
  }
  if (old) selection.save();
  while (old) {
    const gone = old;
    old = old.nextSibling;
    gone.remove();
  }
}

// What is like `wanted` comes after `node`: then it is not to be made of `node`.
function isInTheWay(node, wanted) {
  if (node.nodeName === wanted.nodeName || !wanted.className) return false;
  while ((node = node.nextSibling))
    if (node.nodeName === wanted.nodeName && node.className === wanted.className)
      return true;
  return false;
}

function setText(node, text) {
  const was = node.data;
  if (text.startsWith(was)) {
    if (text.length > was.length) node.appendData(text.slice(was.length));
    return;
  }
  let same = 0;
  while (same < was.length && was[same] === text[same]) same++;
  node.replaceData(same, was.length - same, text.slice(same));
}

function setAttributes(node, like) {
  for (const { name } of [...node.attributes])
    if (!like.hasAttribute(name) && name !== "open") node.removeAttribute(name);
  for (const { name, value } of like.attributes)
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
