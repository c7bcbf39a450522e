// What is typed is kept on the server after a pause of one second, and when the page is left.
const pending = new Map();

function save(form, { leaving = false } = {}) {
  clearTimeout(pending.get(form));
  pending.delete(form);
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.append("kind", form.dataset.kind);
  body.append("text", form.elements.text.value);
  const said = form.querySelector(".draft");
  fetch(form.dataset.draft, { method: "POST", body, keepalive: leaving, redirect: "error" })
    .then((answer) => { if (!answer.ok) throw new Error(answer.status); })
    .then(() => { if (said) said.textContent = said.dataset.saved; })
    .catch(() => { if (said) said.textContent = said.dataset.failed; pending.set(form, setTimeout(save, 10_000, form)); });
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form || event.target.name !== "text") return;
  clearTimeout(pending.get(form));
  pending.set(form, setTimeout(save, 1000, form));
});
document.addEventListener("submit", (event) => {
  clearTimeout(pending.get(event.target));
  pending.delete(event.target);
});
addEventListener("pagehide", () => { for (const form of pending.keys()) save(form, { leaving: true }); });
// Another ticket takes the place of this one in the pane beside the list.
document.addEventListener("htmx:beforeSwap", (event) => {
  for (const form of pending.keys()) if (event.detail.target.contains(form)) save(form, { leaving: true });
});
