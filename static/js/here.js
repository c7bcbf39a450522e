// Who else is in a ticket: this page says where its person is and what they do there, and shows what it hears of others:
// faces in the ticket's head, a line above the composer, a quiet mark in rows of the list.
const BEAT_MS = 8000;
const WRITING_MS = 20_000;
const SETTLED_MS = 1500;

let others = new Map();
let wrote = { kind: "", at: 0 };
let isTouched = false;
let since = 0;
let before = "";
let shown = "";

const timeline = () => document.getElementById("timeline");
const say = (frame) => document.dispatchEvent(new CustomEvent("live:say", { detail: frame }));

// Out of sight nobody is here. Beside the list the first ticket opens by itself: it counts when its reader did something.
function place() {
  const ticket = Number(timeline()?.dataset.ticket) || 0;
  const isBeside = Boolean(document.getElementById("preview"));
  if (document.hidden || (isBeside && (!isTouched || Date.now() - since < SETTLED_MS))) return { ticket: 0, doing: "reading" };
  return { ticket, doing: Date.now() - wrote.at < WRITING_MS ? wrote.kind : "reading" };
}

function tell(isAgain) {
  const here = { type: "here", ...place() };
  const now = JSON.stringify(here);
  if (now !== before || isAgain) say(here);
  before = now;
}

function tellShown(isAgain) {
  const tickets = [...document.querySelectorAll("#rows .row[data-ticket]")].map((row) => Number(row.dataset.ticket)).slice(0, 250);
  const own = Number(timeline()?.dataset.ticket);
  if (own) tickets.unshift(own);
  const now = tickets.join();
  if (now !== shown || isAgain) say({ type: "shows", tickets });
  shown = now;
}

if (document.body.dataset.live) {
  document.addEventListener("live:open", () => { tellShown(true); tell(true); });
  setInterval(() => tell(true), BEAT_MS);
  setInterval(() => { tell(false); tellShown(false); }, 1000);
  document.addEventListener("visibilitychange", () => tell(false));
  addEventListener("pageshow", () => tell(false));
  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => { isTouched = true; }, { capture: true, passive: true });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form || event.target.name !== "text") return;
    wrote = { kind: form.dataset.kind === "note" ? "note" : "reply", at: event.target.value.trim() ? Date.now() : 0 };
    tell(false);
  });
  // What was being written is sent, or another ticket takes its place.
  document.addEventListener("submit", (event) => { if (event.target.dataset.draft) wrote.at = 0; }, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "preview") { since = Date.now(); wrote.at = 0; tellShown(false); }
    show();
  });
  document.addEventListener("rows-renewed", show);
}

document.addEventListener("live:here", ({ detail: { tickets, is_all: isAll } }) => {
  if (isAll) others = new Map();
  for (const [ticket, people] of Object.entries(tickets)) others.set(Number(ticket), people);
  show();
});

// What is shown: only what differs is touched.

const words = () => document.querySelector("[data-here-words]")?.dataset;
const sentence = ([doing, , name]) => words()[doing].replace("{name}", name);

function face([doing, , name, initials, hue]) {
  const element = document.createElement("span");
  element.className = `avatar hue-${hue}`;
  element.setAttribute("role", "img");
  element.title = sentence([doing, 0, name]);
  element.setAttribute("aria-label", element.title);
  element.textContent = initials;
  if (doing !== "reading") element.dataset.writing = "";
  return element;
}

function show() {
  if (!words()) return;
  showTicket();
  document.querySelectorAll("#rows .row[data-ticket]").forEach(mark);
}

let spoken = "";
let wrotePast = "";
function showTicket() {
  const ticket = Number(timeline()?.dataset.ticket);
  const people = others.get(ticket) ?? [];
  const head = document.getElementById("here");
  const now = JSON.stringify(people);
  if (head && (head.dataset.now ?? "[]") !== now) {
    head.dataset.now = now;
    head.replaceChildren(...people.slice(0, 4).map(face));
    if (people.length > 4) head.append(`+${people.length - 4}`);
  }
  const writing = people.filter(([doing]) => doing !== "reading");
  const line = document.getElementById("here-writing");
  const text = writing.map(sentence).join(" · ");
  if (line && line.lastElementChild.textContent !== text) {
    line.lastElementChild.textContent = text;
    line.hidden = !text;
    if (text && text !== spoken) document.dispatchEvent(new CustomEvent("speak", { detail: text }));
    spoken = text;
  }
  // Who stopped has sent it, or has a draft that the page can tell of.
  const past = `${ticket} ${text}`;
  if (wrotePast.startsWith(`${ticket} `) && wrotePast.length > past.length) document.dispatchEvent(new CustomEvent("live:changed", { detail: { tickets: new Set([ticket]) } }));
  wrotePast = past;
  // Said above already: that they have a draft.
  document.querySelectorAll("#writers [data-writer]").forEach((each) => {
    each.hidden = writing.some(([doing, person]) => `${person} ${doing}` === each.dataset.writer);
  });
}

function mark(row) {
  const people = others.get(Number(row.dataset.ticket)) ?? [];
  const old = row.querySelector(".here-mark");
  const title = people.map(sentence).join(" · ");
  if ((old?.title ?? "") === title) return;
  old?.remove();
  if (!people.length) return;
  const element = document.createElement("span");
  element.className = "here-mark";
  element.setAttribute("role", "img");
  element.title = title;
  element.setAttribute("aria-label", title);
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon");
  icon.dataset.size = "s";
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", words().icons + (people.some(([doing]) => doing !== "reading") ? "#edit" : "#eye"));
  icon.append(use);
  element.append(icon);
  row.querySelector(".meta").append(element);
}
