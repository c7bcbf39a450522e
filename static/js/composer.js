// The composer: choosing a mode puts the cursor into the text, Ctrl Enter sends, chosen files are named.
const area = (composer) => [...composer.querySelectorAll("textarea")].find((each) => each.getClientRects().length);

// A click, since a key on the mode that is chosen already changes nothing, and yet it must lead into the text.
document.addEventListener("click", (event) => {
  if (event.target.matches("[data-mode]")) area(event.target.closest(".composer"))?.focus();
});

// Where no reply can leave, its key leads to the note, and says why.
document.addEventListener("do:no-reply", () => {
  const composer = [...document.querySelectorAll(".composer:has([data-why])")].find((each) => each.getClientRects().length);
  const note = composer?.querySelector("[data-mode][value=note]");
  if (!note) return;
  note.checked = true;
  note.dispatchEvent(new Event("change", { bubbles: true }));
  area(composer.querySelector("form[data-kind=note]"))?.focus();
  const why = composer.querySelector("[data-why]");
  why.removeAttribute("data-fresh");
  requestAnimationFrame(() => why.setAttribute("data-fresh", ""));
  document.dispatchEvent(new CustomEvent("speak", { detail: why.querySelector("span").textContent }));
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-copies]") && event.target.checked) event.target.form.elements.cc.focus();
});

document.addEventListener("change", (event) => {
  const list = event.target.type === "file" && event.target.form?.querySelector(".file-list");
  if (!list) return;
  list.replaceChildren(...[...event.target.files].map((file) => {
    const chip = document.createElement("span");
    chip.className = "chip";
    chip.textContent = file.name;
    return chip;
  }));
});

// The words of a macro come beside its changes; they are added to what is written already.
document.addEventListener("htmx:afterSwap", (event) => {
  const words = event.detail.target.querySelector("template[data-words]");
  const form = event.detail.target.closest("form");
  if (!words || !form) return;
  const text = form.elements.text;
  text.value = [text.value.trimEnd(), words.content.textContent].filter(Boolean).join("\n\n");
  words.remove();
  if (form.elements.insert) form.elements.insert.value = "";
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form");
  const kind = event.shiftKey ? "button[data-send-next]" : "button[data-send]";
  const button = form && [...form.querySelectorAll(kind)].find((each) => each.getClientRects().length);
  if (!button || button.disabled) return;
  event.preventDefault();
  form.requestSubmit(button);
});

// A second click while the first is on its way would send twice.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || event.target.method !== "post" || !button) return;
  setTimeout(() => { button.setAttribute("aria-busy", "true"); event.target.querySelectorAll("button").forEach((each) => { each.disabled = true; }); });
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("button[aria-busy]").forEach((button) => {
    button.removeAttribute("aria-busy");
    button.form?.querySelectorAll("button").forEach((each) => { each.disabled = false; });
  });
});
