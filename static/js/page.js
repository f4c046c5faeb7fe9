// What the page on screen is about, and short words for its parts.

export const user = document.body.dataset.user ?? "";
export const byId = (id) => document.getElementById(id);
export const thread = () => byId("thread");
export const conversation = () => thread()?.dataset.conversation || null;
export const article = (message) => byId(`m-${message}`);

export const onTouch = () => matchMedia("(pointer: coarse)").matches;
export const isNarrow = () => matchMedia("(width < 60rem)").matches;
export const isCovered = () =>
  Boolean(document.querySelector("dialog[open], :popover-open"));

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function button(label, act, look = "btn small") {
  return element("button", {
    type: "button",
    className: look,
    textContent: label,
    onclick: act,
  });
}

// One listener on the document for whatever matches, now or after a swap.
export function on(event, selector, act) {
  document.addEventListener(event, (happened) => {
    const found = happened.target.closest?.(selector);
    if (found) act(found, happened);
  });
}

export function setTitle(title) {
  const site = document.querySelector("meta[name=application-name]")?.content;
  document.title = site ? `${title} · ${site}` : title;
}

// randomUUID exists on secure origins only; a house network often has plain HTTP.
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
