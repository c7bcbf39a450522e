// The focus is never lost. When the element that had it is renewed, its successor gets it; where there is none, and
// after a field is left or a message is sent, it goes where the next key is expected: the current row, else the
// conversation, else the page.
const home = () =>
  document.querySelector("#rows .row[aria-current] a.subject") ?? document.querySelector("main .pane-body[tabindex]") ?? document.getElementById("main");

function goHome() {
  const place = home();
  if (place && !document.querySelector("dialog[open]")) place.focus({ preventScroll: true });
}
document.addEventListener("focus-home", goHome);

let lost = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const held = document.activeElement;
  const { target, requestConfig, xhr } = event.detail;
  if (!held || !target?.contains(held) || held === document.body) return;
  const sent = requestConfig?.elt?.matches?.("form[data-draft]") && xhr.status < 300;
  lost = { id: held.id, act: held.dataset.act, href: held.getAttribute("href"), target, sent };
});

function successor({ id, act, href, target }) {
  const same = id && document.getElementById(id);
  if (same) return same;
  if (href) return [...target.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === href);
  return act && document.querySelector(`[data-act="${act}"]`);
}

// At once: the Tab key may be pressed before all has settled.
document.addEventListener("htmx:afterSwap", () => {
  if (!lost || lost.sent || document.activeElement !== document.body) return;
  const next = successor(lost);
  if (next?.getClientRects().length) next.focus({ preventScroll: true });
});

document.addEventListener("htmx:afterSettle", () => {
  if (!lost) return;
  const { sent } = lost;
  lost = null;
  if (sent || !document.activeElement || document.activeElement === document.body) goHome();
});

// What comes with a place for the focus has it at once: htmx gives it some milliseconds later, once more, and would take
// it from wherever a quick hand has gone meanwhile.
document.addEventListener("htmx:afterSwap", (event) => {
  const place = event.target.matches("[autofocus]") ? event.target : event.target.querySelector("[autofocus]");
  place?.focus();
  if (place && document.activeElement === place) place.removeAttribute("autofocus");
});

// A page that comes anew after its own form was sent: the keys go on where they were, and scroll the conversation. Once
// more when all is loaded, since only then the browser goes to the message that the address names, and drops the focus.
const isAgain = document.referrer.split("#")[0] === location.href.split("#")[0];
function goOn() {
  if (isAgain && document.getElementById("timeline") && document.activeElement === document.body) goHome();
}
goOn();
addEventListener("load", () => setTimeout(goOn));

// What was moved a place up or down is moved on by the same key: its button, on the page that comes anew, has the focus.
const MOVED = "moved";
document.addEventListener("submit", ({ target, submitter }) => {
  if (submitter?.name !== "to" || !["up", "down"].includes(submitter.value)) return;
  sessionStorage.setItem(MOVED, JSON.stringify({ page: location.pathname, action: target.getAttribute("action"), to: submitter.value }));
});
const moved = JSON.parse(sessionStorage.getItem(MOVED) ?? "null");
sessionStorage.removeItem(MOVED);
if (moved?.page === location.pathname) {
  const form = [...document.querySelectorAll("form[action]")].find((each) => each.getAttribute("action") === moved.action);
  const again = form?.querySelector(`button[name="to"][value="${CSS.escape(moved.to)}"]`) ?? form?.querySelector('button[name="to"]');
  again?.focus();
}
