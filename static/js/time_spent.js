// Time on a ticket: counted while its page is in front and somebody is at it, sent when the page is left or another
// ticket takes its place. Nothing is sent meanwhile. Who stops for two minutes is not counted any more.
const IDLE_MS = 120_000;
const SHORTEST_S = 10;
let url = "";
let seconds = 0;
let last = performance.now();
let isSaid = false;

for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
  addEventListener(kind, () => { last = performance.now(); }, { passive: true, capture: true });
}

function send() {
  if (url && seconds >= SHORTEST_S) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "");
    body.append("seconds", Math.round(seconds));
    navigator.sendBeacon(url, body);
  }
  seconds = 0;
}

let before = performance.now();
setInterval(() => {
  const now = performance.now();
  const gone = (now - before) / 1000;
  before = now;
  const here = document.querySelector("[data-time-url]")?.dataset.timeUrl ?? "";
  if (here !== url) { send(); url = here; }
  // A tab that slept counts no time that it did not see.
  if (url && !isSaid && document.visibilityState === "visible" && now - last < IDLE_MS) seconds += Math.min(gone, 2);
}, 1000);

document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });
addEventListener("pagehide", send);
// Who says how long it was says it of this visit too.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-time-corrected]")) return;
  seconds = 0;
  isSaid = true;
});
