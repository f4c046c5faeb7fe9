// Messages that wait for the reply before theirs: said in other words, or taken back.

import { filesOf } from "./chips.js";
import { focusComposer } from "./composer.js";
import { conversation, on, onTouch } from "./page.js";
import { refreshThread, threadChanged } from "./refresh.js";
import { grew } from "./scroll.js";
import { toast } from "./toasts.js";

// The reply that waits to answer this message, if it does.
export function waitingReply(said) {
  const reply = said.nextElementSibling;
  return said.matches(".user") && reply?.dataset.status === "queued" ? reply : null;
}

export function startWaiting(outbox, pending, replies) {
  const told = new Map(); // request -> toast
  const of = (pressed) => pressed.closest("article").previousElementSibling;
  on("click", "[data-reword]", (pressed) =>
    of(pressed).querySelector("[data-edit]").click(),
  );
  on("click", "[data-drop]", (pressed) => {
    const [said, here] = [of(pressed), conversation()];
    const text = said.querySelector(".bubble").textContent;
    const files = filesOf(said);
    const { frame } = outbox.add({ type: "drop", message: said.dataset.message });
    waitingReply(said)?.remove();
    said.remove();
    threadChanged();
    replies.adopt();
    grew();
    const act = () => pending.send(text, here, files);
    told.set(frame.id, toast("Message dropped", { label: "Undo", act }));
    if (!onTouch()) focusComposer(); // the button went away
  });
  outbox.on("refused", ({ item: { frame } }) => {
    if (frame.type !== "drop") return;
    told.get(frame.id)?.remove();
    refreshThread();
  });
}
