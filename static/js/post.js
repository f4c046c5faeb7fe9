// A change asked for in the background; answers the response, whatever it says. It arrives
// though the page is left in the same moment.

const KEEPS_ALIVE = 60_000; // bytes; browsers refuse to keep more than 64 KiB on its way

export function post(address, fields = {}, part = "none") {
  const body = new URLSearchParams(fields).toString(); // ASCII
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  return fetch(address, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
      "X-Fragment": part,
      "X-CSRFToken": token,
    },
    body,
    keepalive: body.length < KEEPS_ALIVE,
  }).then(
    (answer) => {
      if (answer.status === 401) document.dispatchEvent(new Event("signedout"));
      return answer;
    },
    () => ({ ok: false, status: 0 }),
  );
}
