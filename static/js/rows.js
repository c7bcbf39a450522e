// Rows of a list: J and K move, Enter or O opens, a click shows the ticket beside the list where there is room for it.
const list = document.getElementById("rows");
const pane = document.getElementById("preview");

const rows = () => [...list.querySelectorAll(".row")];
const current = () => list.querySelector(".row[aria-current]");
const hasRoom = () => pane && pane.getClientRects().length > 0;

let waiting;
function show(row, { at_once = false } = {}) {
  current()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
  clearTimeout(waiting);
  if (!hasRoom()) return row.querySelector("a.subject").focus({ preventScroll: true });
  // Holding J down runs over many rows; only the one it stops at is fetched.
  waiting = setTimeout(() => {
    htmx.ajax("GET", `${row.querySelector("a.subject").getAttribute("href")}preview/`, { target: "#preview", swap: "innerHTML" });
  }, at_once ? 0 : 160);
}

function move(step) {
  const all = rows();
  const at = all.indexOf(current());
  const next = at < 0 ? all[0] : all[at + step];
  if (next) show(next);
}

if (list) {
  // The first one is what to take first, so it is open already where there is room.
  const first = rows()[0];
  if (first && hasRoom()) show(first, { at_once: true });
  document.addEventListener("do:next-row", () => move(1));
  document.addEventListener("do:previous-row", () => move(-1));
  document.addEventListener("do:open-row", () => current()?.querySelector("a.subject").click());
  document.addEventListener("do:tick-row", () => current()?.querySelector(".pick")?.click());
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a.subject");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !hasRoom()) return;
    const row = link.closest(".row");
    if (row.hasAttribute("aria-current")) return; // the second click opens the page
    event.preventDefault();
    show(row, { at_once: true });
  });
}
