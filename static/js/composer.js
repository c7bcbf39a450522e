// The composer: choosing a mode puts the cursor into the text, Ctrl Enter sends, chosen files are named.
document.addEventListener("change", (event) => {
  const form = event.target.closest(".composer");
  if (!form) return;
  if (event.target.name === "mode") form.querySelector("textarea").focus();
  if (event.target.type === "file") {
    form.querySelector(".file-list").replaceChildren(...[...event.target.files].map((file) => {
      const chip = document.createElement("span");
      chip.className = "chip";
      chip.textContent = file.name;
      return chip;
    }));
  }
});

// A key on a mode that is chosen already changes nothing, and yet it must lead into the text.
document.addEventListener("click", (event) => {
  if (event.target.name === "mode") event.target.closest(".composer")?.querySelector("textarea").focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form");
  const button = form && [...form.querySelectorAll("button[data-send]")].find((each) => each.getClientRects().length);
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
