// A fragment that leads to the sign-in page means that the session is over. What was typed stays where it is.
function warn() {
  const box = document.querySelector(".toasts");
  if (!box || box.querySelector("[role=alert]")) return;
  const alert = document.getElementById("signed-out").content.cloneNode(true);
  box.append(alert);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!new URL(event.detail.xhr.responseURL || location.href).pathname.startsWith("/accounts/login/")) return;
  event.detail.shouldSwap = false;
  warn();
});
document.addEventListener("htmx:sendError", () => {
  const said = document.querySelector("[data-live-state]");
  if (said) said.textContent = said.dataset.off;
});
