// A favour from any page: the link or its key opens the dialog, and the field has the focus before the next letter.
// Enter logs it; with Ctrl it becomes a ticket, with Shift the asker is asked to file it. Up and Down choose who.
const dialog = document.getElementById("walk-up");
const page = document.querySelector(".walk-up-page");
const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

if (dialog) {
  const form = dialog.querySelector("form");
  const read = dialog.querySelector("#walk-up-read");
  const resting = read.innerHTML;
  const link = dialog.querySelector("#walk-up-link");
  const mistake = () => dialog.querySelector("#walk-up-mistake");

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-walk-up]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey || page) return;
    event.preventDefault();
    document.getElementById("menu")?.hidePopover?.();
    // Here and not when it closes: that event may come after the next favour was begun.
    clear();
    form.elements.key.value = freshKey();
    dialog.showModal();
    form.elements.line.focus();
    form.elements.line.dispatchEvent(new Event("walk-up-read"));
  });

  function clear() {
    form.reset();
    form.elements.line.value = "";
    read.innerHTML = resting;
    link.replaceChildren();
    mistake().replaceChildren();
  }

  form.addEventListener("input", () => mistake().replaceChildren());

  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) dialog.close();
  });

  document.addEventListener("walk-up-logged", () => dialog.close());
}

function choose(form, step) {
  const people = [...form.querySelectorAll("input[name=who]")];
  if (!people.length) return;
  const now = people.findIndex((each) => each.checked);
  people[(now + step + people.length + (now < 0 && step < 0 ? 1 : 0)) % people.length].checked = true;
  readAgain(form);
}

// Who is meant decides where what it was about begins.
function readAgain(form) {
  form.elements.line.dispatchEvent(new Event("walk-up-read"));
}

// An answer from before the last choice does not take that choice back; the answer to it is asked for already.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "walk-up-read" || event.detail.requestConfig.verb !== "get") return;
  const chosen = event.target.querySelector("[name=who]:checked")?.value ?? "";
  if ((event.detail.requestConfig.parameters.who ?? "") !== chosen) event.detail.shouldSwap = false;
});

// The list of people is a room of one size: whoever is chosen is in sight of it.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "walk-up-read") return;
  const people = event.target.querySelector(".walk-up-people");
  const chosen = people?.querySelector(".walk-up-person:has(:checked)");
  if (!chosen) return;
  const bottom = chosen.offsetTop + chosen.offsetHeight - people.clientHeight + 1;
  people.scrollTop = Math.min(chosen.offsetTop, Math.max(people.scrollTop, bottom));
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".walk-up-form, .walk-up-page");
  if (!form || event.isComposing) return;
  if (event.key === "Enter" && event.target.matches("input")) {
    const outcome = event.ctrlKey || event.metaKey ? "queued" : event.shiftKey ? "asked_to_file" : "";
    if (outcome) form.querySelector(`[name=outcome][value=${outcome}]`).checked = true;
    event.preventDefault();
    form.requestSubmit();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.name === "line") {
    event.preventDefault();
    choose(form, event.key === "ArrowDown" ? 1 : -1);
  }
});

// Minutes that are pressed are written into the line, so that both say the same.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.(".walk-up-form, .walk-up-page");
  if (form && event.target.name === "who") readAgain(form);
  if (!form || event.target.name !== "minutes") return;
  const line = form.elements.line;
  line.value = `${line.value.replace(/\s+\d+\s*(min|m|h)?\s*$/i, "").trimEnd()} ${event.target.value}`;
  line.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");
  }
  button.lastChild.textContent = ` ${button.dataset.copied}`;
});
