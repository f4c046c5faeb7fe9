// The only place where text from our own server becomes HTML.

const policy = window.trustedTypes?.createPolicy("fragments", {
  createHTML: (html) => html,
});

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

// A part of a page. Throws when it is not to be had: signed out, gone, offline, given up.
export async function fetchFragment(address, part, options = {}) {
  const answer = await fetch(address, { ...options, headers: { "X-Fragment": part } });
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status} ${address}`);
  return fragment(await answer.text());
}
