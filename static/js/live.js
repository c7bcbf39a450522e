// Live hints. The socket only says that something changed; what changed is fetched as an ordinary fragment.
// Nothing moves under the hand: new rows wait behind a chip, numbers change in place.
const address = document.body.dataset.live;
const said = document.querySelector("[data-live-state]");

let pause = 1000;
let cursor = null;
let timer;

function refresh(tickets) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    document.dispatchEvent(new CustomEvent("live:changed", { detail: { tickets } }));
    htmx.trigger(document.body, "live-changed");
  }, 250 + Math.random() * 500); // many desks hear the same hint at once
}

function say(state) {
  if (said) said.textContent = said.dataset[state];
}

function connect() {
  const socket = new WebSocket(address);
  socket.addEventListener("open", () => { pause = 1000; say("on"); });
  socket.addEventListener("message", (event) => {
    const hint = JSON.parse(event.data);
    if (hint.type === "changed") refresh(hint.tickets);
    if (hint.type === "cursor") {
      if (cursor !== null && cursor !== hint.cursor) refresh([]);
      cursor = hint.cursor;
    }
  });
  socket.addEventListener("close", () => {
    say("off");
    setTimeout(connect, pause + Math.random() * 1000);
    pause = Math.min(pause * 2, 30_000);
  });
}

if (address) connect();
