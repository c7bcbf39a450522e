// Choosing other days keeps the channels that are switched on. Without this they stand as they were offered.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-keeps]");
  const form = link && document.getElementById(link.dataset.keeps);
  if (!form) return;
  const address = new URL(link.href);
  for (const each of form.querySelectorAll("[name=channels]:checked")) address.searchParams.append("channels", each.value);
  link.href = address;
});
