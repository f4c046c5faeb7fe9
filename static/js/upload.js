// One file on its way to the server, and how far its reading has come.

const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";
const GARBLED = "The server could not take this file.";
const EVERY = 1000;

// Resolves to what the server says of it; rejects with {message}, or {isOffline}.
// `fetch` tells nothing of the progress.
export function upload(file, conversation, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", "/files/");
    request.setRequestHeader("X-CSRFToken", token());
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) =>
      progress(total ? Math.round((100 * loaded) / total) : 0);
    request.onerror = () => reject({ isOffline: true });
    request.onabort = () => reject({ isAborted: true });
    request.onload = () => {
      const answer = request.response;
      if (request.status < 300 && answer?.id) resolve(answer);
      else reject({ message: answer?.message ?? GARBLED });
    };
    const form = new FormData();
    if (conversation) form.append("conversation", conversation);
    form.append("file", file, file.name);
    request.send(form);
  });
  return { done, abort: () => request.abort() };
}

// Tells of the reading until it is over or nobody wants to know; null: the file is gone.
export async function follow(id, isWanted, act) {
  while (isWanted()) {
    const answer = await fetch(`/files/${id}/status`).catch(() => null);
    if (answer?.status === 404) return act(null);
    if (answer?.ok) {
      const standing = await answer.json();
      const isOver = standing.status === "ready" || standing.status === "failed";
      act(standing);
      if (isOver) return;
    }
    await new Promise((later) => setTimeout(later, EVERY));
  }
}
