// Single keys, outside fields only. The page itself says which keys it has (templatetags/keyboard.py): an element with
// data-key is pressed (link, button), opened (summary), focused (field), or, with data-do, announced as an event. The
// dialog behind "?" shows of the reader's keys those that the page has a control for, so it promises none in vain.
const FIELD = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit], [type=reset])";
const isField = (element) => Boolean(element?.closest?.(FIELD));
const isSeen = (element) => element.getClientRects().length > 0;

// What a narrow page leaves out can still be pressed; not what waits in something closed, nor the bar of ticked rows.
const isWaiting = (element) => !element.matches("details > summary") && element.closest("details:not([open])");
const isThere = (element) => !element.disabled && !isWaiting(element) && !element.closest("dialog, [hidden]");
const canBePressed = (element) => isThere(element) && (isSeen(element) || (!isField(element) && !element.closest(".ticked")));

const withKeys = () => [...document.querySelectorAll("[data-key]")].filter(canBePressed);

function find(key) {
  const found = withKeys().filter((element) => element.dataset.key === key);
  const seen = found.filter(isSeen);
  // What the page itself has comes before what stands around every page.
  return seen.find((element) => element.closest("main")) ?? seen[0] ?? found[0];
}

function nameOf(event) {
  if (event.key.length > 1) return event.key;
  const letter = event.key.toUpperCase();
  return event.shiftKey && letter !== event.key.toLowerCase() ? `Shift ${letter}` : letter;
}

function press(element) {
  if (element.dataset.do) {
    document.dispatchEvent(new CustomEvent(`do:${element.dataset.do}`));
  } else if (isField(element.control ?? element)) {
    reach(element.control ?? element);
  } else if (element.matches("summary")) {
    element.parentElement.open = true;
    reach([...element.parentElement.querySelectorAll(`${FIELD}, button`)].find(isSeen) ?? element);
  } else {
    element.click();
  }
}

// The palette asks what can be done here, also inside what is folded away, and has it done.
const canBeFound = (element) => canBePressed(element) || (isWaiting(element) && !element.disabled && !element.closest("dialog, [hidden]"));
document.addEventListener("find-acts", (event) => event.detail.push(...[...document.querySelectorAll("[data-act]")].filter(canBeFound)));
document.addEventListener("press", ({ detail: element }) => {
  const folded = isWaiting(element);
  if (!folded) return press(element);
  folded.open = true;
  reach(element.control ?? element);
});

// What is seen first; else the last one that was, without a button any more.
function undoing() {
  const all = [...document.querySelectorAll("[data-act=undo]")];
  return all.find(isSeen) ?? all.findLast((element) => element.closest(".past"));
}

function reach(element) {
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}

// Of two keys one after the other the first one waits a moment for the second.
let first = "";
let forgetting;
function remember(key) {
  first = key;
  clearTimeout(forgetting);
  forgetting = setTimeout(() => { first = ""; }, 2000);
}

function elementFor(key) {
  if (first) {
    const both = `${first} ${key}`;
    first = "";
    const element = find(both);
    if (element) return element;
  }
  return find(key) ?? (key === "Enter" ? document.querySelector("[data-act=open]") : undefined);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing || ["Shift", "Control", "Meta"].includes(event.key)) return;
  if (document.querySelector("dialog[open]")) return;
  // In a dialog that was closed this moment a field still has the focus, until the next frame.
  if (isField(event.target) && isSeen(event.target)) {
    if (event.key === "Escape") leave(event);
    return;
  }
  if (event.ctrlKey || event.metaKey) {
    const undo = event.key.toLowerCase() === "z" && !event.shiftKey && undoing();
    if (undo) { event.preventDefault(); undo.click(); }
    return;
  }
  // Enter and Space belong to whatever has the focus.
  if (event.key === "Enter" && event.target.closest?.("a, button, summary, input")) return;
  const key = nameOf(event);
  const element = elementFor(key);
  if (element) {
    event.preventDefault();
    press(element);
  } else if (withKeys().some((each) => each.dataset.key.startsWith(`${key} `))) {
    event.preventDefault();
    remember(key);
  }
});

// Out of the field, to where the next key is expected; what was typed stays.
function leave(event) {
  event.preventDefault();
  event.target.blur();
  document.dispatchEvent(new CustomEvent("focus-home"));
}

// Keys that are shown as a button can be pressed by hand as well.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (button) press(button);
});

document.addEventListener("do:keys", () => {
  const dialog = document.getElementById("keys");
  const here = new Set(["back", "send", ...withKeys().map((element) => element.dataset.act)]);
  dialog.querySelectorAll("[data-of]").forEach((line) => { line.hidden = !here.has(line.dataset.of); });
  dialog.querySelectorAll("section").forEach((section) => { section.hidden = !section.querySelector("[data-of]:not([hidden])"); });
  dialog.showModal();
});

// A link to a field of another page leads into it, also where it is folded away.
function arrive() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || !isField(target)) return;
  const folded = target.closest("details");
  if (folded) folded.open = true;
  reach(target);
}
arrive();
addEventListener("hashchange", arrive);
