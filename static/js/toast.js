// A toast leaves after six seconds, but not under the pointer or while it has the focus.
const box = document.querySelector(".toasts");

function tend(toast) {
  let left;
  const leave = () => (toast.matches(":hover, :focus-within") ? wait() : toast.remove());
  const wait = () => { clearTimeout(left); left = setTimeout(leave, 6000); };
  toast.querySelector("button[type=button]")?.addEventListener("click", () => toast.remove());
  wait();
}

function watch(box) {
  box.querySelectorAll(".toast").forEach(tend);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".toast")) tend(node);
  }).observe(box, { childList: true });
}

if (box) watch(box);
// An answer of htmx may bring the whole box anew.
document.addEventListener("htmx:oobAfterSwap", (event) => {
  const fresh = document.getElementById("toasts");
  if (event.detail.target?.id === "toasts" && fresh) watch(fresh);
});
