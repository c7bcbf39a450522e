// Ctrl K opens the palette at once, so that no letter typed after it is taken for a key; what it can do is loaded then.
// Without a script its link leads to the search page, and so does Enter while the rest has not come.
const link = document.querySelector("[data-palette]");
const dialog = document.getElementById("palette");
const name = `recent ${document.body.dataset.person}`;

function open() {
  if (dialog.open) return dialog.close();
  if (document.querySelector("dialog[open]")) return;
  document.getElementById("menu")?.hidePopover?.();
  // Here and not when it closes: that event may come after the next opening.
  dialog.querySelector("input").value = "";
  dialog.showModal();
  document.dispatchEvent(new CustomEvent("palette"));
  import(link.dataset.palette).catch(() => {});
}

if (link && dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || event.shiftKey || event.altKey || event.ctrlKey === event.metaKey) return;
    event.preventDefault();
    open();
  }, true);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}

// Numbers alone: whether the person may still see them the server says.
function remember(number) {
  if (!number) return;
  const before = JSON.parse(localStorage.getItem(name) || "[]");
  localStorage.setItem(name, JSON.stringify([number, ...before.filter((each) => each !== number)].slice(0, 8)));
}
remember(Number(location.pathname.match(/^\/tickets\/(\d+)\/$/)?.[1]));
document.getElementById("preview")?.addEventListener("submit", () => remember(Number(document.getElementById("timeline")?.dataset.ticket)));
