// Policies are put in order by dragging; the arrows beside each do the same, without a script too.
const list = document.querySelector("[data-order]");
let dragged = null;

const rowOf = (event) => event.target.closest?.("[data-number]");
const clear = () => list.querySelectorAll("[data-over]").forEach((each) => each.removeAttribute("data-over"));

list?.addEventListener("dragstart", (event) => {
  dragged = rowOf(event);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.number);
  dragged.toggleAttribute("data-dragged", true);
});
list?.addEventListener("dragover", (event) => {
  const over = rowOf(event);
  if (!dragged || !over) return;
  event.preventDefault();
  clear();
  if (over !== dragged) over.toggleAttribute("data-over", true);
});
list?.addEventListener("drop", (event) => {
  const over = rowOf(event);
  if (!dragged || !over) return;
  event.preventDefault();
  const order = list.dataset.order.split(",");
  const from = order.indexOf(dragged.dataset.number);
  const to = order.indexOf(over.dataset.number);
  if (from === to) return;
  order.splice(to, 0, ...order.splice(from, 1));
  location.href = `?order=${order.join(",")}&moved=${dragged.dataset.number}`;
});
list?.addEventListener("dragend", () => {
  dragged?.removeAttribute("data-dragged");
  dragged = null;
  clear();
});
