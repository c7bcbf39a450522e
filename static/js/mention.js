// An @ in a note, a question or an answer offers the people who may be named. Up and Down choose, Enter or Tab takes the
// chosen one, Escape sends the list away. Without a script the name or the address is written, and the desk reads it.
const list = document.createElement("div");
list.className = "name-list";
list.id = "name-list";
list.popover = "manual";
list.setAttribute("role", "listbox");
document.body.append(list);

let field = null; // the one that is written in while the list is open
let from = 0; // where the @ stands in it
let taken = ""; // what the field held when the last name was taken
let hasMoved = false; // the person chose with the arrows
let asked = 0;
let waiting;

const options = () => [...list.children];
const chosen = () => options().find((each) => each.ariaSelected === "true");

function close() {
  clearTimeout(waiting);
  asked += 1; // an answer that is still on its way comes too late
  if (!field) return;
  list.hidePopover();
  field.removeAttribute("aria-activedescendant");
  field = null;
}

function choose(option) {
  options().forEach((each) => each.setAttribute("aria-selected", String(each === option)));
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

// The words behind the @ that the cursor stands in: one name, so two words at most, and no second @.
function typed(area) {
  const before = area.value.slice(0, area.selectionStart);
  const found = /(?:^|[^\p{L}\p{N}_@.+/-])@([\p{L}\p{N}_.+'’-]*(?: [\p{L}\p{N}_'’-]*)?)$/u.exec(before);
  return found && area.selectionStart === area.selectionEnd ? { words: found[1], from: before.length - found[1].length - 1 } : null;
}

function place() {
  const box = field.getBoundingClientRect();
  const width = Math.min(box.width, 448, innerWidth - 16);
  list.style.inlineSize = `${width}px`;
  list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
  const top = (field.closest(".composer") ?? field).getBoundingClientRect().top;
  const above = top > list.offsetHeight + 12;
  list.style.top = above ? "auto" : `${box.bottom + 4}px`;
  list.style.bottom = above ? `${innerHeight - top + 4}px` : "auto";
}

async function offer(area, { words, from: start }) {
  const mine = (asked += 1);
  const url = `${area.dataset.names}?${new URLSearchParams({ q: words })}`;
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "error" }).catch(() => null);
  if (mine !== asked) return;
  const html = answer?.ok ? (await answer.text()).trim() : "";
  if (mine !== asked || document.activeElement !== area) return;
  if (!html) return close();
  const before = field === area && hasMoved ? chosen()?.dataset.person : undefined;
  hasMoved = before !== undefined;
  list.innerHTML = html;
  options().forEach((each, number) => { each.id = `name-${number}`; });
  field = area;
  from = start;
  list.setAttribute("aria-label", area.dataset.namesLabel);
  area.setAttribute("aria-controls", list.id);
  area.setAttribute("aria-autocomplete", "list");
  list.showPopover();
  place();
  choose(options().find((each) => each.dataset.person === before) ?? list.firstElementChild);
}

function take(option) {
  const area = field;
  const end = area.selectionStart;
  const start = from;
  close();
  area.focus();
  area.setRangeText(`@${option.dataset.written} `, start, end, "end");
  taken = area.value;
  if ("outside" in option.dataset) ask(area.form, option.dataset);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// Whoever does not see the ticket is let in only where the writer says so: a box to tick, beside the words.
function ask(form, { person, name, written }) {
  const box = form.querySelector(".let-in");
  if (!box || box.querySelector(`input[value="${person}"]`)) return;
  const line = box.querySelector("template").content.firstElementChild.cloneNode(true);
  const tick = line.querySelector("input");
  tick.value = person;
  tick.dataset.written = `@${written}`;
  const words = line.querySelector("span");
  words.textContent = words.textContent.replace("{name}", name);
  box.append(line);
}

document.addEventListener("input", (event) => {
  const area = event.target;
  if (!area.matches?.("textarea[data-names]")) return;
  area.form.querySelectorAll(".let-in input[data-written]").forEach((tick) => {
    if (!area.value.includes(tick.dataset.written)) tick.closest("label").remove();
  });
  const found = area.value === taken ? null : typed(area);
  if (!found) return close();
  clearTimeout(waiting);
  waiting = setTimeout(offer, 120, area, found);
});

// On the window, before the keys of the page hear of it: there Escape leaves the field.
addEventListener("keydown", (event) => {
  if (!field || event.target !== field || event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const all = options();
    hasMoved = true;
    choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    take(chosen());
  } else if (event.key === "Escape") {
    close();
  } else {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight" || event.key === "Home" || event.key === "End") close();
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// The field keeps the focus.
list.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && field) take(option);
});
document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
document.addEventListener("click", (event) => { if (event.target === field) close(); });
document.addEventListener("htmx:beforeSwap", (event) => { if (field && event.detail.target.contains(field)) close(); });
addEventListener("resize", () => { if (field) place(); });
