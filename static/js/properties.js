// A property is set when it is chosen, or when its input is left changed. A hold waits for its reason.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-apply]");
  if (!form || event.target.name === "reason") return;
  if (event.target.value === "on_hold") return form.elements.reason.focus();
  htmx.trigger(form, "apply");
});

// The answer renews all properties: what is typed in another of their inputs meanwhile stays there.
let typed = [];
const isProperties = (event) => event.detail.target?.id === "properties";
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isProperties(event)) return;
  const sent = event.detail.requestConfig?.elt?.closest("form");
  typed = [...event.detail.target.querySelectorAll("input[id]")].filter((each) => each.form !== sent && each.value !== each.defaultValue)
    .map((each) => ({ id: each.id, value: each.value, isOpen: Boolean(each.closest("details[open]")) }));
});
document.addEventListener("htmx:afterSwap", () => {
  for (const { id, value, isOpen } of typed) {
    const input = document.getElementById(id);
    if (!input) continue;
    input.value = value;
    if (isOpen) input.closest("details").open = true;
  }
  typed = [];
});

// The form of a new ticket has the fields of the queue that is chosen; without a script it has those of all.
const queueOfNew = document.querySelector("form.form-page select[name=queue]");
function showFieldsOfQueue() {
  document.querySelectorAll("[data-queues]").forEach((each) => { each.hidden = !each.dataset.queues.split(" ").includes(queueOfNew.value); });
}
if (queueOfNew) {
  queueOfNew.addEventListener("change", showFieldsOfQueue);
  showFieldsOfQueue();
}
