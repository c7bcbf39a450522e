// A reply that was sent can be taken back for some seconds: they are counted down where it stands, and not announced.
function tick() {
  const now = document.now() / 1000;
  for (const said of document.querySelectorAll("[data-leaves]")) {
    const left = Math.ceil(Number(said.dataset.leaves) - now);
    const words = left > 0 ? said.dataset.words.replace("{n}", left) : said.dataset.over;
    if (said.textContent !== words) said.textContent = words;
  }
}
setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);
tick();
