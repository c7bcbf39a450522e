// What takes long says so: the button shows it, and the page's one polite voice tells it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest("form[data-busy]");
  if (!form) return;
  form.querySelectorAll("button").forEach((each) => each.setAttribute("aria-busy", "true"));
  const spoken = document.getElementById("spoken");
  if (spoken) spoken.textContent = form.dataset.busy;
});

// A second click while the first is on its way is no second test. The button keeps the focus, so it is not disabled.
document.addEventListener("htmx:confirm", (event) => {
  if (event.target.closest("form[data-busy]")?.querySelector("[aria-busy]")) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", (event) => {
  event.target.closest?.("form[data-busy]")?.querySelectorAll("[aria-busy]").forEach((each) => each.removeAttribute("aria-busy"));
  const spoken = document.getElementById("spoken");
  if (spoken && event.target.closest?.("form[data-busy]")) spoken.textContent = "";
});
