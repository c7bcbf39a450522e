// After a live hint: numbers and rows change in place, new tickets and messages wait behind a chip.
const rowsBox = document.getElementById("rows");
const freshBox = document.getElementById("fresh");
const query = (more) => new URLSearchParams([...new URLSearchParams(location.search), ...Object.entries(more)]).toString();
const fetchText = (url) => fetch(url, { headers: { "HX-Request": "true" }, redirect: "error" }).then((answer) => (answer.ok ? answer.text() : ""));

// One voice per page, polite, whole sentences, at most once in ten seconds.
let spokenAt = 0;
function speak(sentence) {
  if (!sentence || Date.now() - spokenAt < 10_000) return;
  spokenAt = Date.now();
  document.getElementById("spoken").textContent = sentence;
}

document.addEventListener("speak", (event) => speak(event.detail));

function place(box, html) {
  box.innerHTML = html.trim();
  htmx.process(box);
  speak(box.textContent.trim());
}

function swap(row) {
  const old = rowsBox.querySelector(`.row[data-ticket="${row.dataset.ticket}"]`);
  if (!old) return;
  const held = old.contains(document.activeElement) && (document.activeElement.matches(".pick") ? ".pick" : "a.subject");
  const isTicked = old.querySelector(".pick")?.checked;
  if (old.hasAttribute("aria-current")) row.setAttribute("aria-current", "true");
  row.setAttribute("data-fresh", "");
  old.replaceWith(row);
  if (isTicked) row.querySelector(".pick").checked = true;
  if (held) row.querySelector(held)?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("rows-renewed"));
  if (row.hasAttribute("data-left")) setTimeout(() => row.hasAttribute("aria-current") || row.remove(), 60_000);
}

async function refreshList(tickets) {
  // Older ones were counted when the page was made.
  const isNew = !tickets.size || [...tickets].some((number) => number > Number(freshBox.dataset.newest));
  if (isNew) place(freshBox, await fetchText(`/queue/news/?${query({ newest: freshBox.dataset.newest })}`));
  const shown = [...rowsBox.querySelectorAll(".row[data-ticket]")].map((row) => Number(row.dataset.ticket));
  const numbers = tickets.size ? shown.filter((number) => tickets.has(number)) : shown;
  if (!numbers.length) return;
  const box = document.createElement("template");
  box.innerHTML = await fetchText(`/queue/rows/?${query({ numbers: numbers.slice(0, 200).join(",") })}`);
  [...box.content.querySelectorAll(".row")].forEach(swap);
}

// What somebody chooses, reads a warning about or just sends is under the hand: it stays, and the server tells of a clash.
function isBusy(properties) {
  if (document.getElementById("facts")?.querySelector("details[open]")) return true; // a new subject is being typed
  return !properties || properties.querySelector("details[open]") || properties.contains(document.activeElement) || properties.querySelector("[role=alert], .htmx-request");
}

async function refreshTicket(tickets) {
  const timeline = document.getElementById("timeline");
  if (!timeline || (tickets.size && !tickets.has(Number(timeline.dataset.ticket)))) return;
  const { ticket, newest, version } = timeline.dataset;
  const properties = document.getElementById("properties");
  const seen = new URLSearchParams(isBusy(properties) ? { newest } : { newest, version });
  const html = await fetchText(`/tickets/${ticket}/news/?${seen}`);
  if (!timeline.isConnected) return; // another ticket took its place meanwhile, or a reply that waits for a decision
  const box = document.getElementById("news");
  if (seen.has("version") && isBusy(document.getElementById("properties"))) return; // its own answer will tell
  if (box.querySelector(".htmx-request")) return; // the button is pressed: what it fetches holds this too, and needs the button to stay
  const isHeld = box.contains(document.activeElement);
  htmx.swap(box, html, { swapStyle: "innerHTML" }, { eventInfo: { target: box } });
  if (isHeld) box.querySelector("button")?.focus({ preventScroll: true });
  speak(box.textContent.trim());
}

document.addEventListener("live:changed", ({ detail: { tickets } }) => {
  if (freshBox) refreshList(tickets).catch(() => {});
  refreshTicket(tickets).catch(() => {});
});
