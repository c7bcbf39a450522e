// Live hints. The socket only says that something changed; what changed is fetched as an ordinary fragment.
const address = document.body.dataset.live;
const said = document.querySelector("[data-live-state]");

let pause = 1000;
let open = null;
let cursor = null;
let missed = false;
let timer;
let waiting = new Set();
let everything = false;

// Many desks hear the same hint at once, and many hints come in a row: each page waits a little and asks once.
// An empty set of tickets means: whatever is on the page.
function tell(tickets, { all = false } = {}) {
  tickets.forEach((ticket) => waiting.add(ticket));
  everything ||= all;
  timer ??= setTimeout(() => {
    timer = undefined;
    const changed = everything ? new Set() : waiting;
    [waiting, everything] = [new Set(), false];
    document.dispatchEvent(new CustomEvent("live:changed", { detail: { tickets: changed } }));
    count();
  }, 100 + Math.random() * 400);
}

// The sidebar's counts may be five seconds old: asked at once, and once more when they cannot be.
const COUNTED_MS = 5500;
let counting;
let countedAt = -COUNTED_MS;
function count() {
  const ask = () => { countedAt = performance.now(); htmx.trigger(document.body, "live-changed"); };
  const isDue = performance.now() - countedAt >= COUNTED_MS;
  if (isDue) ask();
  counting ??= setTimeout(() => { counting = undefined; ask(); }, COUNTED_MS - (performance.now() - countedAt));
}

// Every hint names the one before it, and every few seconds the newest is named again: what was lost on the way shows.
function hear(hint) {
  if (hint.type === "here") return document.dispatchEvent(new CustomEvent("live:here", { detail: hint }));
  const now = String(hint.cursor);
  const isGap = missed || (cursor !== null && cursor !== String(hint.type === "changed" ? hint.after : hint.cursor));
  if (hint.type === "changed" || isGap) tell(hint.tickets ?? [], { all: isGap });
  missed = false;
  cursor = now;
}

// A line that says nothing for so long is dead, whatever the browser thinks of it.
const SILENT_MS = 12_000;
let silence;
let retry;

// A sending that failed says so in the same place, and the line may outlive what made it fail.
function stand() {
  if (said.textContent !== said.dataset.on) said.textContent = said.dataset.on;
}

function connect() {
  clearTimeout(retry);
  // A line that was lost asks for everything when it is back; the first one tells what changed since the page was made.
  const socket = new WebSocket(missed ? address : `${address}?made=${document.body.dataset.now}`);
  const listen = () => { clearTimeout(silence); silence = setTimeout(() => lose(), SILENT_MS); };
  let isLost = false;
  function lose(code) {
    if (isLost) return;
    isLost = true;
    clearTimeout(silence);
    socket.close();
    open = null;
    document.dispatchEvent(new CustomEvent("live:here", { detail: { tickets: {}, is_all: true } }));
    said.textContent = said.dataset.off;
    if (code === 4401 || code === 4403) return; // signed out, or the duty is over
    missed = true;
    retry = setTimeout(connect, pause + Math.random() * 1000);
    pause = Math.min(pause * 2, 30_000);
  }
  listen();
  socket.addEventListener("open", () => {
    pause = 1000;
    stand();
    open = socket;
    listen();
    document.dispatchEvent(new CustomEvent("live:open"));
  });
  socket.addEventListener("message", (event) => { if (isLost) return; listen(); stand(); hear(JSON.parse(event.data)); });
  socket.addEventListener("close", (event) => lose(event.code));
}

// The network is back: no need to wait out the pause.
addEventListener("online", () => {
  document.querySelector(".toast[data-offline]")?.remove();
  if (open) stand();
  else if (retry) { pause = 1000; connect(); }
});

// What a page tells: where its person is (here.js).
document.addEventListener("live:say", (event) => { if (open?.readyState === WebSocket.OPEN) open.send(JSON.stringify(event.detail)); });

if (address && said) connect();
