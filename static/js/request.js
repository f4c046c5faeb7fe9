// How far an export or an erasure is, while its page is open. Without this script the
// page loads itself again.

const PAUSE = 1_000;
const shown = document.querySelector("[data-progress]");

async function look() {
  if (document.hidden) return;
  const answer = await fetch(shown.dataset.progress, { redirect: "error" });
  if (!answer.ok) return;
  const { state, step, done, total } = await answer.json();
  if (state !== shown.dataset.state) {
    location.reload();
    return;
  }
  const bar = shown.querySelector("progress");
  bar.max = total;
  bar.value = done;
  const words = shown.querySelector("[data-step]");
  if (words && step) words.textContent = step;
}

function again() {
  look().catch(() => {}).finally(() => setTimeout(again, PAUSE));
}

if (shown) setTimeout(again, PAUSE);
