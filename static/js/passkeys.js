// Passkeys: asks the browser to make or use one, and sends its answer with the form.
//
// form[data-passkey] is "create" or "get"; what to ask is in data-options, or fetched
// from data-from. Its button stays hidden where the browser has no passkeys.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) =>
    each.charCodeAt(0),
  );

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const named = (keys = []) => keys.map((key) => ({ ...key, id: bytes(key.id) }));

const ASK = {
  create(options, form) {
    const alone = form.elements.passwordless?.checked ?? false;
    const chosen = options.authenticatorSelection ?? {};
    return navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
        authenticatorSelection: {
          ...chosen,
          residentKey: alone ? "required" : "discouraged",
          requireResidentKey: alone,
          userVerification: alone ? "required" : chosen.userVerification,
        },
      },
    });
  },
  get(options) {
    return navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: named(options.allowCredentials),
      },
    });
  },
};

function told(credential) {
  const response = {};
  for (const part of [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
  ]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.from, {
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) throw new Error("no options");
  return (await answer.json()).request_options;
}

async function send(form) {
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button[data-asks]");
  problem.hidden = button.disabled = true;
  try {
    const { publicKey } = await optionsOf(form);
    const credential = await ASK[form.dataset.passkey](publicKey, form);
    form.elements.credential.value = told(credential);
    form.submit();
  } catch {
    // cancelled, timed out, or no key that fits: browsers tell no more on purpose
    problem.hidden = button.disabled = false;
  }
}

// browsers give keys to names, not to addresses such as 127.0.0.1
const able =
  "PublicKeyCredential" in window && !/^[\d.]+$|^\[/.test(location.hostname);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.querySelector("button[data-asks]").hidden = !able;
  form.hidden = !able && form.hasAttribute("data-optional");
  for (const each of form.querySelectorAll("[data-unable]")) each.hidden = able;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
