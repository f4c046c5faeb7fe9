// The only place where text from our own server becomes HTML.

const policy = window.trustedTypes?.createPolicy("fragments", {
  createHTML: (html) => html,
});

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

// A page that was fetched whole, to look at.
export const wholePage = (html) =>
  new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");

// A part of a page. Throws when it is not to be had: signed out, gone, offline, given up.
export async function fetchFragment(address, part, options = {}) {
  const answer = await fetch(address, { ...options, headers: { "X-Fragment": part } });
  if (answer.status === 401) document.dispatchEvent(new Event("signedout"));
  if (!answer.ok || answer.redirected) {
    const problem = new Error(`${answer.status} ${address}`);
    throw Object.assign(problem, { status: answer.status });
  }
  return fragment(await answer.text());
}
