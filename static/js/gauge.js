// How full the next prompt will be: after each reply, and while a long draft is typed.

import { fragment } from "./fragment.js";
import { morphElement } from "./morph.js";
import { byId, conversation, on } from "./page.js";
import { post } from "./post.js";
import { askGauge, refreshArticle } from "./refresh.js";

const LONG = 1_000; // characters of a draft that change the picture
const PAUSE = 600;
const BARE = "article.user[id]:not([data-client], :has(.menu), :has(form.edit))";

let timer;
let counted = ""; // the draft that is in it

export const previewAddress = () =>
  conversation() ? `/c/${conversation()}/preview/` : "/preview/";

async function paint(text) {
  const address = previewAddress();
  const isLast = askGauge();
  counted = text;
  const answer = byId("gauge") && (await post(address, { text }, "gauge"));
  if (!answer?.ok || !byId("gauge") || address !== previewAddress()) return;
  if (isLast()) morphElement(byId("gauge"), fragment(await answer.text()).firstElementChild);
}

export function startGauge(replies) {
  const draft = () => (byId("text")?.value.length < LONG ? "" : byId("text")?.value ?? "");
  replies.on("end", () => {
    paint(draft());
    // a message that was sent from here gets its menu now
    for (const { dataset } of document.querySelectorAll(BARE))
      refreshArticle(dataset.message).catch(() => {});
  });
  on("input", "#text", () => {
    clearTimeout(timer);
    if (draft() !== counted) timer = setTimeout(() => paint(draft()), PAUSE);
  });
}
