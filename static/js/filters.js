// Filters apply themselves when one is chosen; without a script the form keeps its button.
document.querySelectorAll("form[data-auto]").forEach((form) => {
  form.addEventListener("change", () => {
    // Empty filters stay out of the address, so that it can be read and shared.
    form.querySelectorAll("select").forEach((select) => { select.disabled = !select.value; });
    form.requestSubmit();
  });
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-auto] select:disabled").forEach((select) => { select.disabled = false; });
});
