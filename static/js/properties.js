// A property is set when it is chosen. A hold waits for its reason.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-apply]");
  if (!form || event.target.tagName !== "SELECT") return;
  if (event.target.value === "on_hold") return form.elements.reason.focus();
  htmx.trigger(form, "apply");
});
