// A change asked for in the background; answers the response, whatever it says.

export function post(address, fields = {}, part = "none") {
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  return fetch(address, {
    method: "POST",
    headers: { "X-Fragment": part, "X-CSRFToken": token },
    body: new URLSearchParams(fields),
  }).then(
    (answer) => {
      if (answer.status === 401) document.dispatchEvent(new Event("signedout"));
      return answer;
    },
    () => ({ ok: false, status: 0 }),
  );
}
