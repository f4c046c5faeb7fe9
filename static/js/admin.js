// Loaded first on the pages of the administration. Their scripts are Django's, with
// jQuery, and make HTML from text without a policy of their own. This one is asked
// instead: it lets through what those pages make, and nothing that could run.

const ELEMENTS = new Set(
  (
    "a b br button caption col colgroup div em fieldset form h1 h2 h3 i input label " +
    "legend li ol optgroup option p select small span strong table tbody td textarea " +
    "tfoot th thead tr ul"
  ).split(" "),
);
const ADDRESSES = new Set(["action", "formaction", "href", "ping", "src", "xlink:href"]);
const OWN = /^(?:$|[#?]|\/(?![/\\]))/; // of this site, without a scheme

// Reads without running: a document of its own, which loads nothing.
const inspection = window.trustedTypes?.createPolicy("inspection", {
  createHTML: (html) => html,
});

function isHarmless({ localName, namespaceURI, attributes, textContent }) {
  const isKnown = ELEMENTS.has(localName) && namespaceURI.endsWith("/xhtml");
  // what is text in here may be read as elements elsewhere
  if (localName === "textarea" && textContent.includes("<")) return false;
  return isKnown && [...attributes].every(({ name, value }) => {
    if (name.startsWith("on") || name === "style" || name === "srcdoc") return false;
    return !ADDRESSES.has(name) || OWN.test(value);
  });
}

function createHTML(html) {
  if (html.includes("<!")) return null;
  // in a template, as cells and options would be dropped elsewhere
  const wrapped = inspection.createHTML(`<template>${html}</template>`);
  const read = new DOMParser().parseFromString(wrapped, "text/html");
  const { content } = read.head.firstElementChild;
  const isWhole = read.head.children.length === 1 && read.body.childNodes.length === 0;
  if (isWhole && [...content.querySelectorAll("*")].every(isHarmless)) return html;
  return null; // the browser refuses it
}

window.trustedTypes?.createPolicy("default", { createHTML });
