// A toast leaves six seconds after its page is there, but not under the pointer or while it has the focus. What it can
// undo is remembered for this tab for five minutes, on the pages that come after too: the key does it as long as nothing
// else was done.
const KEPT = "last undo";
const KEPT_MS = 5 * 60_000;
const box = document.querySelector(".toasts");

function tend(toast) {
  let left;
  const leave = () => (toast.matches(":hover, :focus-within") ? wait() : toast.remove());
  const wait = () => { clearTimeout(left); left = setTimeout(leave, 6000); };
  toast.querySelector("button[type=button]")?.addEventListener("click", () => toast.remove());
  const undo = toast.querySelector("form:has(.undo)");
  if (undo) remember(undo.getAttribute("action"));
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait, { once: true });
}

function remember(action) {
  sessionStorage.setItem(KEPT, JSON.stringify({ action, at: Date.now() }));
  offer();
}

// Behind the toast itself: while that is seen, it is the one that is pressed.
function offer() {
  document.querySelectorAll("form.past").forEach((each) => each.remove());
  const template = document.getElementById("last-undo");
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!template || !kept || Date.now() - kept.at > KEPT_MS || !kept.action.startsWith("/") || kept.action.startsWith("//")) return;
  const form = template.content.cloneNode(true).firstElementChild;
  form.setAttribute("action", kept.action);
  document.body.append(form);
  setTimeout(() => form.remove(), KEPT_MS - (Date.now() - kept.at));
}

// Once only: a second press must not take back again what was done anew.
document.addEventListener("submit", (event) => {
  if (event.target.querySelector?.(".undo")) sessionStorage.removeItem(KEPT);
});

function watch(box) {
  box.querySelectorAll(".toast").forEach(tend);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".toast")) tend(node);
  }).observe(box, { childList: true });
}

offer();
if (box) watch(box);
// An answer of htmx may bring the whole box anew.
document.addEventListener("htmx:oobAfterSwap", (event) => {
  const fresh = document.getElementById("toasts");
  if (event.detail.target?.id === "toasts" && fresh) watch(fresh);
});
