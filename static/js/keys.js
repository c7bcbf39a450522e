// Single keys, outside fields only. The page itself says which keys it has: an element with data-key is pressed
// (link, button), focused (field), or, with data-do, announced as an event. The dialog behind "?" lists these
// same elements, so it can never promise a key that does nothing.
const inField = (target) => target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const shown = (element) => element.dataset.do || element.closest("details:not([open])") === null;

function find(name) {
  return [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === name && !element.disabled && shown(element));
}

function nameOf(event) {
  const letter = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const isLetter = event.key.length === 1 && letter !== event.key.toLowerCase();
  return event.shiftKey && isLetter ? `Shift ${letter}` : letter;
}

function press(element) {
  if (element.dataset.do) {
    document.dispatchEvent(new CustomEvent(`do:${element.dataset.do}`));
  } else if (element.matches("textarea, select, input:not([type=radio], [type=checkbox])")) {
    element.focus();
  } else {
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (localStorage.getItem("keys") === "off") return;
  if (inField(event.target) || document.querySelector("dialog[open]")) return;
  // Enter and Space belong to whatever has the focus.
  if (event.key === "Enter" && event.target.closest?.("a, button, summary, input")) return;
  const element = find(nameOf(event));
  if (!element) return;
  event.preventDefault();
  press(element);
});

// Keys that are shown as a button can be pressed by hand as well.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (button) press(button);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-switch]")) localStorage.setItem("keys", event.target.checked ? "on" : "off");
});

const spoken = (element) =>
  element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent.replace(/\s+/g, " ").trim();

document.addEventListener("do:keys", () => {
  const dialog = document.getElementById("keys");
  dialog.querySelector("[data-keys-switch]").checked = localStorage.getItem("keys") !== "off";
  const seen = new Set();
  const entries = [...document.querySelectorAll("[data-key]")].filter((element) => {
    const fresh = !seen.has(element.dataset.key) && !element.disabled && shown(element);
    seen.add(element.dataset.key);
    return fresh;
  });
  dialog.querySelector("dl").replaceChildren(...entries.map((element) => {
    const line = document.createElement("div");
    const what = document.createElement("dt");
    what.textContent = spoken(element);
    const keys = document.createElement("dd");
    const kbd = document.createElement("kbd");
    kbd.textContent = element.dataset.key;
    keys.append(kbd);
    line.append(what, keys);
    return line;
  }));
  dialog.showModal();
});
