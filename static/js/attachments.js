// The files that wait with a draft: uploaded at once, remembered with it, sent with the
// message.

import { announce } from "./announce.js";
import { paintChips } from "./chips.js";
import { recall, remember } from "./local.js";
import { conversation } from "./page.js";
import { post } from "./post.js";
import { toast } from "./toasts.js";
import { follow, upload } from "./upload.js";

const MOST = 10;
const AGAIN = 5000;
const GONE = "It was not sent within a day and is gone.";
const drafts = new Map(); // conversation or "new" -> entries
const here = () => conversation() ?? "new";
let changed = () => {};
let fill = () => {};
let waiting = null; // to be done when all is uploaded, and for which draft

function entries(draft = here()) {
  if (!drafts.has(draft)) drafts.set(draft, stored(draft));
  return drafts.get(draft);
}

function stored(draft) {
  try {
    return JSON.parse(recall(`files:${draft}`) ?? "[]");
  } catch {
    return [];
  }
}

// Of an upload under way nothing can be remembered: the file is not ours to keep.
function store(draft) {
  const known = entries(draft).filter((entry) => entry.id);
  const slim = known.map(({ id, name, size, version, state, done }) => {
    return { id, name, size, version, state, done };
  });
  remember(`files:${draft}`, slim.length ? JSON.stringify(slim) : null);
}

function paint() {
  paintChips(entries(), { remove, unpack, retry: begin });
  changed();
  if (!waiting || isUploading()) return;
  const { draft, act } = waiting;
  waiting = null;
  if (draft === here()) act();
}

const draftOf = (entry) => [...drafts.keys()].find((key) => entries(key).includes(entry));

function update(entry, news) {
  Object.assign(entry, news);
  const draft = draftOf(entry);
  if (draft) store(draft);
  paint();
}

export function attach(files, { text = "" } = {}) {
  for (const file of files) {
    if (entries().length >= MOST) return toast(`A message can have ${MOST} files.`);
    const entry = { name: file.name, size: file.size, file, text };
    entries().push(entry);
    begin(entry);
  }
}

function begin(entry) {
  const to = draftOf(entry);
  if (!to) return;
  update(entry, { state: "uploading", done: 0, problem: "" });
  const { done, abort } = upload(entry.file, to === "new" ? "" : to, (percent) => {
    update(entry, { done: percent });
  });
  entry.abort = abort;
  done.then(
    ({ id, name, size, version, status }) => {
      announce(`${name} is attached.`);
      const state = status === "ready" ? "" : "reading";
      update(entry, { id, name, size, version, state, done: 0, file: null });
      if (state) read(entry);
    },
    ({ message, isOffline }) => {
      if (isOffline) {
        update(entry, { state: "offline" });
        setTimeout(() => entry.state === "offline" && begin(entry), AGAIN);
      } else if (message) {
        announce(message);
        update(entry, { state: "", problem: message });
      }
    },
  );
}

function read(entry) {
  const isWanted = () => Boolean(draftOf(entry)); // or it was removed
  follow(entry.id, isWanted, (standing) => {
    if (!isWanted()) return;
    if (!standing) return update(entry, { id: null, state: "", problem: GONE });
    const { status, done, problem } = standing;
    const isOver = status === "ready" || status === "failed";
    if (isOver && problem) announce(problem);
    update(entry, { state: isOver ? "" : "reading", done, problem });
  });
}

function remove(entry) {
  const draft = draftOf(entry);
  entries(draft).splice(entries(draft).indexOf(entry), 1);
  entry.abort?.();
  if (entry.id) post(`/files/${entry.id}/remove/`);
  store(draft);
  announce(`${entry.name} is removed.`);
  paint();
  document.getElementById("text")?.focus();
}

function unpack(entry) {
  remove(entry);
  fill(entry.text);
}

const isUploading = () =>
  entries().some(({ state }) => state === "uploading" || state === "offline");

// What the box for messages asks of the files beside it.
export const attachments = {
  any: () => entries().length > 0,
  names: () => entries().map(({ name }) => name),
  // Those that did not come through; they are to be seen to before anything is sent.
  failed: () => entries().filter((e) => !e.id && e.problem),
  // Whether to wait; then `act` is called when that is over.
  mustWait(act) {
    if (!isUploading()) return false;
    if (!waiting) toast("It is sent as soon as the files are uploaded.");
    waiting = { draft: here(), act };
    return true;
  },
  // For a message: they are not part of the draft any more.
  take() {
    const files = entries().map(({ id, name, size, version }) => {
      return { id, name, size, version };
    });
    drafts.set(here(), []);
    store(here());
    paint();
    return files;
  },
  // From a message that was refused.
  giveBack(files) {
    entries().push(...files);
    store(here());
    paint();
  },
};

// After a page has come.
export function showAttached() {
  for (const entry of entries()) {
    if (!entry.id || entry.isFollowed) continue;
    entry.isFollowed = true;
    read(entry); // it may be gone, or read by now
  }
  paint();
}

// A conversation was begotten by what was sent from here: what waits goes with it.
export function moveAttached() {
  drafts.set(here(), entries("new"));
  drafts.set("new", []);
  store(here());
  store("new");
}

// `then` is told of every change; `into` writes text into the box for messages.
export function startAttachments({ then, into }) {
  changed = then;
  fill = into;
  addEventListener("online", () => {
    for (const entry of entries()) if (entry.state === "offline") begin(entry);
  });
}
