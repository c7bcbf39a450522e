// The server's time, which in the demo is not this computer's: a page says when it was made.
const made = Number(document.body.dataset.now || 0) * 1000;
const offset = made ? made - Date.now() : 0;
document.now = () => Date.now() + offset;

const line = document.querySelector("[data-clock]");
if (line) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    weekday: "long", hour: "numeric", minute: "2-digit", hourCycle: "h23", timeZone: document.body.dataset.zone || undefined,
  });
  const show = () => { line.textContent = format.format(document.now()); };
  const next = () => setTimeout(() => { show(); next(); }, 60_000 - (document.now() % 60_000) + 50);
  next();
}
