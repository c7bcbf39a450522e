// The server's time, which in the demo is not this computer's: a page says when it was made.
const made = Number(document.body.dataset.now || 0) * 1000;
const offset = made ? made - Date.now() : 0;
document.now = () => Date.now() + offset;

const line = document.querySelector("[data-clock]");
if (line) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    weekday: "long", hour: "numeric", minute: "2-digit", hourCycle: "h23", timeZone: document.body.dataset.zone || undefined,
  });
  // In the very form of the server's "l G:i": no comma and no leading zero, whatever the language does by itself.
  const show = () => {
    const part = Object.fromEntries(format.formatToParts(document.now()).map(({ type, value }) => [type, value]));
    line.textContent = `${part.weekday[0].toUpperCase()}${part.weekday.slice(1)} ${Number(part.hour)}:${part.minute}`;
  };
  const next = () => setTimeout(() => { show(); next(); }, 60_000 - (document.now() % 60_000) + 50);
  next();
}
