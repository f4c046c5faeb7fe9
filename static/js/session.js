// What the page says about its connection: lost, refused, signed out, signed in again.

import { forgetAll } from "./local.js";
import { on } from "./page.js";
import { signingIn } from "./signin.js";
import { toast } from "./toasts.js";

const SOON = 2_000;
const LOST = "Connection lost. Reconnecting…";
const CLOSED = {
  4401: "You are signed out.",
  4403: "The server refuses connections from this address. Tell its administrator.",
  4429: "Too much at once. Reconnecting in a moment…",
  4430: "Too many tabs are open. Close some; this one will reconnect.",
};
const QUIET = new Set(["rate_limited", "not_found"]); // what asked will ask again

let down = false;
let sentence = LOST;

// The bar is part of the page and comes new with each.
export function showConnection() {
  const bar = document.querySelector(".offline:has([data-reconnect])");
  if (!bar) return;
  bar.hidden = !down;
  const words = bar.querySelector("span");
  if (words && down) words.textContent = sentence;
}

export function startSession(socket) {
  let timer;
  const show = (isDown, words = LOST) => {
    timer = clearTimeout(timer);
    [down, sentence] = [isDown, words];
    showConnection();
  };
  socket.on("up", () => show(false));
  socket.on("down", ({ code }) => {
    if (down || CLOSED[code]) return show(true, CLOSED[code] ?? sentence);
    timer ??= setTimeout(() => show(true), SOON); // each failed try comes by here
  });
  const signIn = signingIn(socket);
  socket.on("refused", ({ code }) => code === 4401 && signIn());
  socket.on("foreign", () => location.assign("/"));
  socket.on("notice", ({ message }) => toast(message, { seconds: 8 }));
  socket.on("error", (error) => {
    if (error.code === "auth") signIn();
    else if (!error.id && !QUIET.has(error.code)) toast(error.message);
  });
  document.addEventListener("signedout", signIn);
  on("click", "[data-reconnect]", () => socket.check());
  on("submit", "form[action$='/accounts/logout/']", forgetAll);
}
