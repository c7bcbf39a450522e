// What is typed is kept in this tab at once, on the server after a pause of one second, and when the page is left.
const pending = new Map();
const sent = new Map();
const key = (form) => `draft ${document.body.dataset.person} ${form.dataset.draft} ${form.dataset.kind}`;

function save(form, { leaving = false } = {}) {
  clearTimeout(pending.get(form));
  pending.delete(form);
  const text = form.elements.text.value;
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.append("kind", form.dataset.kind);
  body.append("text", text);
  if (form.elements.cc) body.append("cc", form.elements.cc.value);
  const seen = form.elements.draft_seen;
  if (seen) body.append("draft_seen", seen.value);
  // A page that comes back from the browser's memory finds the text that it saved when it was left.
  const before = sent.get(form);
  sent.set(form, text);
  const said = form.querySelector(".draft");
  fetch(form.dataset.draft, { method: "POST", body, keepalive: leaving, redirect: "error" })
    .then(async (answer) => {
      if (answer.status === 409 && seen) {
        const theirs = await answer.json();
        if (theirs.text !== before) return ask(form, theirs);
        seen.value = theirs.saved_at;
        return save(form);
      }
      if (!answer.ok) throw new Error(answer.status);
      if (seen) seen.value = answer.headers.get("Draft-Saved-At") || "";
      if (said) said.textContent = said.dataset.saved;
      if (!leaving && sessionStorage.getItem(key(form)) === text) sessionStorage.removeItem(key(form));
    })
    .catch(() => { if (said) said.textContent = said.dataset.failed; pending.set(form, setTimeout(save, 10_000, form)); });
}

// The same person wrote in another window: both texts are shown, and nothing is saved until one is chosen.
function ask(form, theirs) {
  const box = form.querySelector("[data-elsewhere]");
  box.querySelector("[data-their-text]").textContent = theirs.text;
  box.hidden = false;
  const said = form.querySelector(".draft");
  if (said) said.textContent = "";
  box.querySelector("[data-take-theirs]").onclick = () => decide(theirs.text);
  box.querySelector("[data-keep-mine]").onclick = () => decide(form.elements.text.value);
  function decide(text) {
    form.elements.text.value = text;
    form.elements.draft_seen.value = theirs.saved_at;
    box.hidden = true;
    form.elements.text.focus();
    keep(form);
  }
}

// The tab knows better than a page that was made before the last words reached the server, or after they did not.
function restore(root) {
  root.querySelectorAll("form[data-draft]").forEach((form) => {
    // Else the browser's Back puts a text that was sent into the field again.
    form.elements.text.autocomplete = "off";
    const text = sessionStorage.getItem(key(form));
    sessionStorage.removeItem(key(form));
    if (text === null || text === form.elements.text.value) return;
    const said = [...document.querySelectorAll(".msg .body")].map((body) => body.textContent.trim());
    if (said.includes(text.trim())) return; // it was sent
    form.elements.text.value = text;
    keep(form);
  });
}

function keep(form) {
  sessionStorage.setItem(key(form), form.elements.text.value);
  clearTimeout(pending.get(form));
  pending.set(form, setTimeout(save, 1000, form));
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form && ["text", "cc"].includes(event.target.name)) keep(form);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.draft) return;
  clearTimeout(pending.get(form));
  pending.delete(form);
  sessionStorage.setItem(key(form), form.elements.text.value);
});
addEventListener("pagehide", () => { for (const form of pending.keys()) save(form, { leaving: true }); });
// Another ticket takes the place of this one in the pane beside the list.
document.addEventListener("htmx:beforeSwap", (event) => {
  for (const form of pending.keys()) if (event.detail.target.contains(form)) save(form, { leaving: true });
});
document.addEventListener("htmx:afterSwap", (event) => restore(event.detail.target));
restore(document);
