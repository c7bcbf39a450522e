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

// Without a network a form would leave for the browser's own error page, and its words with it: it stays, and says why.
document.addEventListener("submit", (event) => {
  if (navigator.onLine || event.target.method !== "post" || event.target.hasAttribute("hx-post")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const said = document.querySelector("[data-live-state]");
  const box = document.querySelector(".toasts");
  if (!said || !box) return;
  said.textContent = said.dataset.off;
  box.querySelector(".toast[data-offline]")?.remove();
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.offline = "";
  toast.setAttribute("role", "alert");
  toast.append(document.createElement("span"));
  toast.firstChild.textContent = said.dataset.off;
  box.append(toast);
}, { capture: true });
