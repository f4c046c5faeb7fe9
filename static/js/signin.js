// Signing in again without leaving the page, when the session behind it has ended. The
// form that is sent is the sign-in page's own; whatever else it asks is left to it.

import { wholePage } from "./fragment.js";
import { forget } from "./navigate.js";
import { element, user } from "./page.js";
import { openSheet } from "./sheet.js";

const KEPT = "Sign in to go on. What you have written is kept.";
const OTHER_WAYS = "Other ways to sign in";
const OFFLINE = "You are offline. Nothing was sent.";
const TOO_OFTEN = "Too many tries. Try again in a few minutes.";
const FAILED = "That did not work. Try again in a moment.";
const SOON = 10_000;

const signInPage = () => {
  const here = location.pathname + location.search;
  return `/accounts/login/?next=${encodeURIComponent(here)}`;
};

// The page that is answered in the end: this one again for who is signed in.
async function ask(address, options) {
  const answer = await fetch(address, options).catch(() => null);
  if (!answer) return { problem: OFFLINE };
  if (answer.status === 429) return { problem: TOO_OFTEN };
  if (answer.status >= 500) return { problem: FAILED };
  return { page: wholePage(await answer.text()) };
}

const formIn = (page) =>
  page.querySelector("form:has([name=email]):has([name=password])");

// With a token of now: the one in this page may be older than the last sign-in.
async function send(form) {
  const asked = await ask(signInPage());
  const real = asked.page && formIn(asked.page);
  if (!real) return asked;
  const body = new URLSearchParams(new FormData(real));
  for (const [name, value] of new FormData(form)) body.set(name, value);
  body.set("timezone", Intl.DateTimeFormat().resolvedOptions().timeZone ?? "");
  return ask(real.getAttribute("action"), { method: "POST", body });
}

// Signing in has changed what forms and requests must prove themselves with.
function renewTokens(page) {
  const token = page.querySelector("meta[name=csrf-token]").content;
  document.querySelector("meta[name=csrf-token]").content = token;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]"))
    field.value = token;
  forget({ all: true });
}

const field = (id, label, properties) => [
  element("label", { htmlFor: id, textContent: label }),
  element("input", { id, required: true, ...properties }),
];

// Made here: a form to sign in with is in no page of who is signed in.
function makeForm() {
  const email = { name: "email", type: "email", autocomplete: "username" };
  email.defaultValue = document.body.dataset.email;
  const password = { name: "password", type: "password", autofocus: true };
  password.autocomplete = "current-password";
  const other = { className: "btn", href: signInPage(), textContent: OTHER_WAYS };
  return element(
    "form",
    { className: "small-form" },
    element("p", { textContent: KEPT }),
    element("p", { className: "problem", role: "alert" }),
    ...field("signin-email", "Email", email),
    ...field("signin-password", "Password", password),
    element(
      "div",
      { className: "row" },
      element("a", other),
      element("button", { className: "btn solid", textContent: "Sign in" }),
    ),
  );
}

// Answers the function to call when the server says that nobody is signed in.
export function signingIn(socket) {
  let out = false;
  let isAsking = false;
  let sheet = null;
  let back = 0; // when that was last found to be untrue

  const settle = ({ page, problem }) => {
    if (problem) return problem;
    const person = page.body.dataset.user;
    if (person === user) {
      renewTokens(page);
      out = false;
      back = Date.now();
      sheet?.close();
      socket.check();
    } else if (person) {
      location.assign("/"); // nothing on this page is theirs
    } else if (formIn(page)) {
      return page.querySelector(".note.bad, .errorlist")?.textContent.trim() ?? FAILED;
    } else {
      location.assign(signInPage()); // a second step, say
    }
    return "";
  };

  const open = () => {
    const form = makeForm();
    const told = form.querySelector("[role=alert]");
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (form.ariaBusy === "true") return;
      form.ariaBusy = "true";
      told.textContent = "";
      told.textContent = settle(await send(form));
      form.ariaBusy = null;
      if (!told.textContent) return;
      form.elements.password.focus();
      form.elements.password.select();
    };
    sheet = openSheet("You are signed out", "Not now", form);
    sheet.addEventListener("close", () => (sheet = null));
  };

  // signed in again in another tab
  socket.on("up", async () => out && settle(await ask(signInPage())));

  return async () => {
    if (sheet || isAsking) return;
    out = isAsking = true;
    const mayBeWrong = Date.now() - back > SOON; // the session has got a new key, say
    const { page } = mayBeWrong ? await ask(signInPage()) : {};
    isAsking = false;
    if (page?.body.dataset.user) settle({ page });
    else if (out) open();
  };
}
