// Live hints. The socket only says that something changed; what changed is fetched as an ordinary fragment.
const address = document.body.dataset.live;
const said = document.querySelector("[data-live-state]");

let pause = 1000;
let open = null;
let cursor = null;
let missed = false;
let timer;
let settled;
let waiting = new Set();
let everything = false;

// Many desks hear the same hint at once, and many hints come in a row: each page waits a little and asks once.
// An empty set of tickets means: whatever is on the page.
function tell(tickets, { all = false } = {}) {
  tickets.forEach((ticket) => waiting.add(ticket));
  everything ||= all;
  clearTimeout(timer);
  timer = setTimeout(() => {
    document.dispatchEvent(new CustomEvent("live:changed", { detail: { tickets: everything ? new Set() : waiting } }));
    waiting = new Set();
    everything = false;
    htmx.trigger(document.body, "live-changed");
    // The sidebar's counts may be five seconds old; ask once more when they cannot be.
    clearTimeout(settled);
    settled = setTimeout(() => htmx.trigger(document.body, "live-changed"), 5500);
  }, 300 + Math.random() * 700);
}

function hear(hint) {
  if (hint.type === "here") return document.dispatchEvent(new CustomEvent("live:here", { detail: hint }));
  const now = String(hint.cursor);
  if (hint.type === "changed") tell(hint.tickets);
  // While the line was down hints were lost, this one among them or not.
  if (missed && cursor !== now) tell([], { all: true });
  missed = false;
  cursor = now;
}

function connect() {
  const socket = new WebSocket(address);
  socket.addEventListener("open", () => { pause = 1000; said.textContent = said.dataset.on; open = socket; document.dispatchEvent(new CustomEvent("live:open")); });
  socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    open = null;
    document.dispatchEvent(new CustomEvent("live:here", { detail: { tickets: {}, is_all: true } }));
    said.textContent = said.dataset.off;
    if (event.code === 4401 || event.code === 4403) return; // signed out, or the duty is over
    missed = true;
    setTimeout(connect, pause + Math.random() * 1000);
    pause = Math.min(pause * 2, 30_000);
  });
}

// What a page tells: where its person is (here.js).
document.addEventListener("live:say", (event) => { if (open?.readyState === WebSocket.OPEN) open.send(JSON.stringify(event.detail)); });

if (address && said) connect();
