// Wires a signed-in page: one socket, one outbox, and what listens to them.

import { startActions } from "./actions.js";
import { startAgain } from "./again.js";
import {
  fillComposer,
  focusComposer,
  moveDraft,
  paintComposer,
  showComposer,
  startComposer,
} from "./composer.js";
import {
  attachments,
  moveAttached,
  showAttached,
  startAttachments,
} from "./attachments.js";
import { startCommands } from "./commands.js";
import { startCopy } from "./copy.js";
import { startDropping } from "./dropping.js";
import { previewAddress, startGauge } from "./gauge.js";
import { closePanel, startInspector } from "./inspector.js";
import { knowLearned, startLearned } from "./learned.js";
import { readdress, startNavigation } from "./navigate.js";
import { Outbox } from "./outbox.js";
import { conversation, on, onTouch, thread, user } from "./page.js";
import { startPalette } from "./palette.js";
import { Pending } from "./pending.js";
import { loadOlder, refreshThread, refreshTop } from "./refresh.js";
import { startRename } from "./rename.js";
import { Replies } from "./replies.js";
import { markRows, refreshRows, startRows } from "./rows.js";
import { showPage, startScroll } from "./scroll.js";
import { showConnection, startSession } from "./session.js";
import { startShortcuts } from "./shortcuts.js";
import { showTitleOfRow, startSidebar } from "./sidebar.js";
import { Socket } from "./socket.js";
import { showFirstSteps } from "./steps.js";
import { Stopper } from "./stop.js";
import { startTheme } from "./theme.js";
import { startToasts } from "./toasts.js";
import { showCall } from "./tools.js";
import { startVerbs } from "./verbs.js";
import { startWaiting } from "./waiting.js";

const olderNear = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen)
      if (isIntersecting) {
        olderNear.unobserve(target);
        loadOlder(target).then(watchOlder, () => {});
      }
  },
  { scrollMargin: "600px" },
);
const watchOlder = () => {
  const link = document.querySelector("[data-older]");
  if (link) olderNear.observe(link);
};

function start() {
  const line = `${location.origin.replace("http", "ws")}/ws/`;
  const socket = new Socket(line, user);
  const outbox = new Outbox(socket);
  const replies = new Replies(socket);
  const pending = new Pending(socket, outbox, born);
  const stopper = new Stopper(socket, replies);

  const arrived = ({ at, again = false }) => {
    closePanel();
    showPage(at);
    pending.show();
    showComposer();
    showAttached();
    showConnection();
    showFirstSteps(socket.carrier);
    markRows();
    replies.follow();
    showTitleOfRow();
    knowLearned();
    if (again && conversation()) refreshThread();
    requestAnimationFrame(watchOlder);
  };

  startCommands();
  startComposer({
    send: (text, files) => pending.send(text, conversation(), files),
    replying: () => Boolean(replies.current),
    attachments,
  });
  startAttachments({ then: paintComposer, into: fillComposer });
  startDropping();
  replies.on("change", paintComposer);
  startActions(outbox, stopper);
  startAgain();
  startCopy();
  startGauge(replies);
  startInspector();
  startLearned();
  startNavigation(arrived);
  startPalette();
  startRename();
  startRows();
  startScroll();
  startSession(socket);
  startShortcuts(stopper.stop);
  startSidebar(socket);
  startTheme();
  startToasts();
  startVerbs();
  startWaiting(outbox, pending, replies);
  on("click", "[data-older]", (link, event) => {
    event.preventDefault();
    loadOlder(link).then(watchOlder, () => location.assign(link.href));
  });

  arrived({ at: history.state?.at ?? null });
  if (!onTouch()) focusComposer();
  let first = true;
  socket.on("up", () => {
    showFirstSteps(socket.carrier);
    if (!first) {
      refreshRows();
      if (conversation()) refreshThread();
    }
    first = false;
  });
  socket.on("tool", showCall);
  socket.connect();
}

// The first message has made a conversation of the page for new ones.
function born(id) {
  thread().dataset.conversation = id;
  readdress(`/c/${id}/`);
  document.querySelector(".tools a[data-panel]").href = previewAddress();
  moveDraft();
  moveAttached();
  refreshRows();
  refreshTop();
}

if (user) start();
