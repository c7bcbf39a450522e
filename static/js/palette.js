// What the palette knows: actions of this page (keys.js finds and presses their controls), choices of its lists, pages,
// and, asked of the server while one types, tickets and people. Loaded when it is opened for the first time.
const dialog = document.getElementById("palette");
const input = dialog.querySelector("input");
const list = document.getElementById("palette-list");
const nothing = dialog.querySelector("[role=status]");
const used = `places ${document.body.dataset.person}`;
const FRESH_MS = 60_000;

const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l");
const wordsOf = (text) => fold(text).split(/[^\p{L}\p{N}#]+/u).filter(Boolean);
const read = (name) => JSON.parse(localStorage.getItem(name) || "[]");

// At most one letter wrong, missing, added or swapped.
function isNear(one, other) {
  if (Math.abs(one.length - other.length) > 1) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const [a, b] = [one.slice(at), other.slice(at)];
  return a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1) || (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2));
}
const isNearBeginning = (typed, word) => typed.length > 3 && [-1, 0, 1].some((more) => isNear(typed, word.slice(0, typed.length + more)));

// How well a line fits: 0 not at all. Every typed word must be found in it.
function fit(line, typed) {
  let sum = 0;
  for (const word of typed) {
    const best = (words) => Math.max(0, ...words.map((each) => (each.startsWith(word) ? 3 : word.length > 1 && each.includes(word) ? 2 : isNearBeginning(word, each) ? 1 : 0)));
    const found = Math.max(best(line.words), best(line.others) - 0.5);
    if (found <= 0) return 0;
    sum += found;
  }
  return sum / typed.length + (line.label.startsWith(typed.join(" ")) ? 1 : 0);
}

// Lines

let sources = { act: [], recent: [], place: [], search: [] };
let titles = {};
let here = [];
let loadedAt = 0;
let found = [];
let active = null;

function lineOf(element, group) {
  const label = element.querySelector(".clip").textContent;
  const more = element.querySelector(".sub")?.textContent ?? "";
  return { element, group, label: fold(label), words: wordsOf(`${label} ${more}`), others: wordsOf(element.dataset.foundBy ?? "") };
}

async function load() {
  const address = `/palette/?${new URLSearchParams({ recent: read(`recent ${document.body.dataset.person}`).join(",") })}`;
  const answer = await fetch(address, { headers: { "HX-Request": "true" }, redirect: "error" });
  if (!answer.ok) return;
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  titles = { ...box.content.querySelector("[data-titles]").dataset };
  box.content.querySelectorAll("[data-part]").forEach((part) => {
    sources[part.dataset.part] = [...part.children].map((element) => lineOf(element, part.dataset.part));
  });
  loadedAt = Date.now();
}

// The page's own controls, each action once, then what its lists of choices offer.
function look() {
  const controls = [];
  document.dispatchEvent(new CustomEvent("find-acts", { detail: controls }));
  const seen = (element) => element.getClientRects().length > 0;
  here = [];
  for (const line of sources.act) {
    const all = controls.filter((control) => control.dataset.act === line.element.dataset.of);
    const control = all.find(seen) ?? all[0];
    if (!control) continue;
    // The page may call it otherwise than the map of keys does.
    const others = [...line.others, ...wordsOf(`${control.dataset.keyLabel ?? ""} ${control.matches("input, select") ? "" : control.textContent}`)];
    const isTicket = line.element.dataset.where === "ticket";
    here.push({ ...line, others, group: isTicket ? "ticket" : "all", do: () => document.dispatchEvent(new CustomEvent("press", { detail: control })) });
  }
  const choosers = [...document.querySelectorAll("form[data-apply] select, select.macro, #snooze-when")];
  for (const select of choosers.filter((each) => seen(each) || each.id === "snooze-when")) {
    const heading = select.labels[0]?.textContent.trim() ?? "";
    const of = sources.act.find((line) => line.element.dataset.of === (select.dataset.act ?? "snooze"));
    for (const option of select.options) {
      if (option.selected && select.id !== "snooze-when") continue;
      if (!option.value && select.matches(".macro")) continue;
      const element = document.createElement("div");
      element.setAttribute("role", "option");
      const icon = of?.element.querySelector(".icon")?.cloneNode(true);
      const label = document.createElement("span");
      label.className = "clip";
      label.textContent = `${heading}: ${option.textContent.trim()}`;
      element.append(...[icon, label].filter(Boolean));
      here.push({ ...lineOf(element, "ticket"), isChoice: true, others: of?.others ?? [], do: () => choose(select, option.value) });
    }
  }
}

function choose(select, value) {
  const folded = select.closest("details:not([open])");
  if (folded) folded.open = true;
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  if (select.form.matches("[data-apply]")) return;
  const next = select.matches(".macro") ? select.form.elements.text : select.form.querySelector("input[required]");
  next?.focus();
}

// What is shown

const title = { ticket: ofTicket, all: () => titles.ofAll, recent: () => titles.ofRecent, place: () => titles.ofPlace };
function ofTicket() {
  if (document.querySelector(".ticked")?.getClientRects().length) return titles.ofTicked;
  const number = document.getElementById("timeline")?.dataset.ticket;
  return number ? titles.ofTicket.replace("{number}", number) : titles.ofAll;
}

function group(name, lines) {
  const box = document.createElement("div");
  box.setAttribute("role", "group");
  const heading = document.createElement("h3");
  heading.id = `palette-${name}`;
  heading.setAttribute("role", "presentation"); // the group is named by it
  heading.textContent = title[name]();
  box.setAttribute("aria-labelledby", heading.id);
  box.append(heading, ...lines.map((line) => line.element));
  return box;
}

function byUse(places) {
  const order = read(used);
  const rank = (line) => (order.indexOf(line.element.getAttribute("href")) + 1 || Infinity);
  return [...places].sort((one, other) => rank(one) - rank(other) || 0);
}

function show() {
  const typed = wordsOf(input.value);
  const parts = [];
  if (!input.value.trim()) {
    found = [];
    const acts = here.filter((line) => !line.isChoice);
    const place = (line) => Number(line.element.dataset.first);
    const first = acts.filter((line) => line.group === "ticket" && line.element.dataset.first).sort((one, other) => place(one) - place(other));
    parts.push(["ticket", first], ["recent", sources.recent], ["all", acts.filter((line) => line.group === "all")], ["place", byUse(sources.place)]);
  } else {
    const all = [...here, ...byUse(sources.place)].map((line) => ({ line, fits: typed.length ? fit(line, typed) : 0 })).filter((each) => each.fits > 0);
    const best = Math.max(0, ...all.map((each) => each.fits));
    // A slip of the finger counts where nothing fits better.
    const good = all.filter((each) => each.fits > 1.5 || best <= 1.5).sort((one, other) => other.fits - one.fits);
    for (const name of ["ticket", "all", "place"]) parts.push([name, good.filter((each) => each.line.group === name).slice(0, name === "place" ? 8 : 10).map((each) => each.line)]);
  }
  const groups = parts.filter(([, lines]) => lines.length).map(([name, lines]) => group(name, lines));
  if (input.value.trim()) {
    for (const { element } of sources.search) element.href = `/search/?${new URLSearchParams({ q: input.value.trim() })}`;
    found.forEach((element) => element.querySelectorAll("[role=option]").forEach((each) => each.removeAttribute("aria-selected")));
  }
  list.replaceChildren(...groups, ...found);
  const isEmpty = !list.querySelector("[role=option]");
  nothing.hidden = !isEmpty || !input.value.trim() || asking;
  if (input.value.trim()) list.append(...sources.search.map((line) => line.element));
  options().forEach((element, place) => { element.id ||= `palette-${Math.random().toString(36).slice(2)}`; element.setAttribute("aria-selected", "false"); });
  // What a hand has chosen stays chosen, though a later answer brings it anew.
  const held = moved && active && options().find((each) => each === active || (each.href && each.href === active.href));
  activate(held || options()[0], { quietly: true });
}

const options = () => [...list.querySelectorAll("[role=option]")];
let moved = false;

function activate(element, { quietly = false } = {}) {
  active?.setAttribute("aria-selected", "false");
  active = element ?? null;
  if (!active) return input.removeAttribute("aria-activedescendant");
  active.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", active.id);
  if (quietly && active === options()[0]) list.scrollTop = 0;
  else active.scrollIntoView({ block: "nearest" });
}

// Asking the server: after a pause, one question at a time

let waiting;
let asking = false;
let answered = "";
let entered = false;

function ask() {
  clearTimeout(waiting);
  const text = input.value.trim();
  if (text === answered) return;
  if (!text) { answered = ""; return; }
  waiting = setTimeout(send, 140);
}

async function send() {
  if (asking) return;
  asking = true;
  const text = input.value.trim();
  try {
    const answer = await fetch(`/palette/?${new URLSearchParams({ q: text })}`, { headers: { "HX-Request": "true" }, redirect: "error" });
    const box = document.createElement("template");
    box.innerHTML = answer.ok ? await answer.text() : "";
    if (input.value.trim()) found = [...box.content.children];
    answered = text;
  } catch {
    answered = ""; // away for a moment: actions and pages are there all the same
  }
  asking = false;
  if (!dialog.open) return;
  show();
  if (input.value.trim() !== answered) return ask();
  if (entered) take(active);
}

// What is chosen

function take(element) {
  entered = false;
  if (!element) return;
  const line = here.find((each) => each.element === element);
  const address = element.getAttribute("href");
  dialog.close();
  if (line) return line.do();
  if (sources.place.some((each) => each.element === element)) {
    localStorage.setItem(used, JSON.stringify([address, ...read(used).filter((each) => each !== address)].slice(0, 6)));
  }
  location.href = address;
}

input.addEventListener("input", () => { moved = false; entered = false; show(); ask(); });
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const all = options();
    if (!all.length) return;
    moved = true;
    const step = event.key === "ArrowDown" ? 1 : -1;
    activate(all[(all.indexOf(active) + step + all.length) % all.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    // Typed faster than the server answers: what it finds is taken when it is there, if nothing here fits.
    const isLast = active && sources.search.some((line) => line.element === active);
    if ((!active || (isLast && !moved)) && input.value.trim() && input.value.trim() !== answered) { entered = true; clearTimeout(waiting); send(); } else take(active);
  }
});
list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
list.addEventListener("click", (event) => {
  const element = event.target.closest("[role=option]");
  if (!element || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  take(element);
});
list.addEventListener("pointermove", (event) => {
  const element = event.target.closest("[role=option]");
  if (element && element !== active && event.pointerType === "mouse") { moved = true; activate(element); }
});

async function begin() {
  clearTimeout(waiting);
  [moved, entered, answered, found] = [false, false, "", []];
  if (!input.value) list.replaceChildren();
  const isStale = Date.now() - loadedAt > FRESH_MS;
  if (isStale) {
    try { await load(); } catch { /* away for a moment: the field leads to the search page */ }
  }
  if (!dialog.open) return;
  look();
  show();
  ask();
}
document.addEventListener("palette", begin);
if (dialog.open) begin();
