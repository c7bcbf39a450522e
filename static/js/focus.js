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
  if (!held || !event.detail.target?.contains(held) || held === document.body) return;
  lost = { id: held.id, act: held.dataset.act, name: held.name, sent: event.detail.requestConfig?.elt?.matches?.("form[data-draft]") && event.detail.xhr.status < 300 };
});

document.addEventListener("htmx:afterSettle", () => {
  if (!lost) return;
  const { id, act, sent } = lost;
  lost = null;
  if (sent) return goHome();
  if (document.activeElement && document.activeElement !== document.body) return;
  const successor = (id && document.getElementById(id)) || (act && document.querySelector(`[data-act="${act}"]`));
  if (successor && successor.getClientRects().length) successor.focus({ preventScroll: true });
  else goHome();
});
