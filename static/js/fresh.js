// After a live hint: numbers and rows change in place, new tickets and messages wait behind a chip.
const rowsBox = document.getElementById("rows");
const freshBox = document.getElementById("fresh");
const query = (more) => new URLSearchParams([...new URLSearchParams(location.search), ...Object.entries(more)]).toString();

// An answer that leads elsewhere (signed out) or refuses says nothing; a server or a network that fails is asked again.
const PATIENCE_MS = 20_000;
async function fetchText(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.status >= 500) throw new Error(answer.status);
  return answer.ok ? answer.text() : "";
}

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

// Tickets that came since the page was made, and older ones that came into the part of the list that is shown: woken,
// moved here, due earlier. Many tickets that are not shown change all the time, so those are asked for now and then.
const NEWS_MS = 5000;
const MOST_SHOWN = 400;
let askedAt = -NEWS_MS;
let later;
let news = "";
async function askNews(shown) {
  askedAt = performance.now();
  const more = rowsBox.querySelector(".more-row a")?.search;
  const sight = shown.length > MOST_SHOWN ? {} : { numbers: shown.join(","), until: new URLSearchParams(more).get("cursor") ?? "" };
  const html = await fetchText(`/queue/news/?${query({ newest: freshBox.dataset.newest, ...sight })}`);
  if (html !== news) place(freshBox, html);
  news = html;
}

async function refreshList(tickets) {
  const shown = [...rowsBox.querySelectorAll(".row[data-ticket]")].map((row) => Number(row.dataset.ticket));
  const others = [...tickets].filter((number) => !shown.includes(number));
  const isNew = !tickets.size || others.some((number) => number > Number(freshBox.dataset.newest));
  const wait = askedAt + NEWS_MS - performance.now();
  if (isNew || (others.length && wait <= 0)) await askNews(shown);
  else if (others.length) later ??= setTimeout(() => { later = undefined; renew(new Set(others)); }, wait);
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
  if (box.querySelector(".htmx-request")) { // pressed this moment: its answer finds its places by the button, which stays
    await new Promise((done) => setTimeout(done, 100));
    return refreshTicket(tickets);
  }
  const isHeld = box.contains(document.activeElement);
  htmx.swap(box, html, { swapStyle: "innerHTML" }, { eventInfo: { target: box } });
  if (isHeld) box.querySelector("button")?.focus({ preventScroll: true });
  speak(box.textContent.trim());
}

// One question at a time: an answer that a later one overtook would show what is no longer so. What was not answered is
// asked again, less and less often.
const heard = new Set();
let isAll = false;
let isAsking = false;
let pause = 2000;
async function renew(tickets) {
  tickets.forEach((ticket) => heard.add(ticket));
  isAll ||= !tickets.size;
  if (isAsking) return;
  isAsking = true;
  while (isAll || heard.size) {
    const asked = isAll ? new Set() : new Set(heard);
    heard.clear();
    isAll = false;
    try {
      await Promise.all([freshBox && refreshList(asked), refreshTicket(asked)]);
      pause = 2000;
    } catch {
      asked.forEach((ticket) => heard.add(ticket));
      isAll ||= !asked.size;
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, 30_000);
    }
  }
  isAsking = false;
}

document.addEventListener("live:changed", ({ detail: { tickets } }) => renew(tickets));
