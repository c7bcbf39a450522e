// Rows of a list: the keys move, open and tick, a click shows the ticket beside the list where there is room for it.
const list = document.getElementById("rows");
const pane = document.getElementById("preview");

const rows = () => [...list.querySelectorAll(".row")];
const current = () => list.querySelector(".row[aria-current]");
const hasRoom = () => pane && pane.getClientRects().length > 0;
const linkOf = (row) => row.querySelector("a.subject");

let waiting;
function show(row, { at_once = false, focuses = false } = {}) {
  current()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
  clearTimeout(waiting);
  if (focuses || !hasRoom()) linkOf(row).focus({ preventScroll: true });
  if (!hasRoom()) return;
  // Holding J down runs over many rows; only the one it stops at is fetched.
  waiting = setTimeout(() => {
    htmx.ajax("GET", `${linkOf(row).getAttribute("href")}preview/`, { target: "#preview", swap: "innerHTML" });
  }, at_once ? 0 : 160);
}

function move(step) {
  const all = rows();
  const at = all.indexOf(current());
  const next = at < 0 ? all[0] : all[at + step];
  if (next) show(next, { focuses: true });
  return Boolean(next);
}

// Ticking

let anchor = null;
const boxOf = (row) => row?.querySelector(".pick");
function tick(box, is_on) {
  if (!box || box.checked === is_on) return;
  box.checked = is_on;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}
// How many are, beside what would change them.
function countTicked() {
  document.querySelectorAll("[data-how-many]").forEach((place) => { place.textContent = list.querySelectorAll(".pick:checked").length; });
}
function extend(step) {
  if (!current()) return move(step);
  tick(boxOf(current()), true);
  if (move(step)) tick(boxOf(current()), true);
}

// Back from a ticket: its row, or where it is gone the one that came after it.
function leftAt() {
  const number = Number(document.referrer.startsWith(location.origin) && new URL(document.referrer).pathname.match(/^\/tickets\/(\d+)\//)?.[1]);
  const came = JSON.parse(sessionStorage.getItem("list") || "null");
  if (!number || !came || came.url !== location.pathname + location.search) return null;
  const at = came.tickets.indexOf(number);
  if (at < 0) return null;
  const rowOf = (each) => list.querySelector(`.row[data-ticket="${each}"]`);
  const after = came.tickets.slice(at).map(rowOf).find(Boolean);
  return after ?? came.tickets.slice(0, at).reverse().map(rowOf).find(Boolean) ?? null;
}

if (list) {
  // The first one is what to take first, so it is open already where there is room.
  const back = leftAt();
  const first = back ?? rows()[0];
  if (first && (back || hasRoom())) show(first, { at_once: true, focuses: Boolean(back) });
  document.addEventListener("do:next", () => move(1));
  document.addEventListener("do:previous", () => move(-1));
  document.addEventListener("do:open", () => {
    const row = current() ?? rows()[0];
    if (row) location.href = linkOf(row).href;
  });
  document.addEventListener("do:tick", () => {
    if (!current()) move(1); // in a list without a pane no row is chosen yet
    const box = boxOf(current());
    tick(box, !box?.checked);
    anchor = box;
  });
  document.addEventListener("do:tick-next", () => extend(1));
  document.addEventListener("do:tick-previous", () => extend(-1));
  list.addEventListener("change", countTicked);
  document.addEventListener("reset", () => setTimeout(countTicked));
  document.addEventListener("htmx:afterSettle", countTicked);
  countTicked();
  list.addEventListener("click", (event) => {
    if (event.target.matches(".pick")) {
      const boxes = [...list.querySelectorAll(".pick")];
      const [from, to] = [boxes.indexOf(anchor), boxes.indexOf(event.target)].sort((one, other) => one - other);
      if (event.shiftKey && from >= 0) boxes.slice(from, to + 1).forEach((box) => tick(box, event.target.checked));
      anchor = event.target;
      return;
    }
    const link = event.target.closest("a.subject");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !hasRoom()) return;
    const row = link.closest(".row");
    if (row.hasAttribute("aria-current")) return; // the second click opens the page
    event.preventDefault();
    show(row, { at_once: true, focuses: true });
  });
  // The one beside the list is done: on to the next row.
  document.addEventListener("htmx:afterRequest", (event) => {
    const button = event.detail.requestConfig?.triggeringEvent?.submitter;
    if (event.detail.successful && ["solve_next", "send_next"].includes(button?.dataset.act)) move(1);
  });
}
