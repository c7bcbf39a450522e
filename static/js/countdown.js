// Pills and clocks tick each minute, each second under one minute, and stand still outside working hours. They are not
// announced. The words come from the page (data-words), so they speak its language; the rule is the one of
// tickets/templatetags/promises.py.
const words = JSON.parse(document.body.dataset.words || "{}");

function span(seconds) {
  if (seconds < 60) return words.seconds.replace("%s", Math.floor(seconds));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return words.minutes.replace("%m", minutes);
  if (minutes < 48 * 60) return words.hours.replace("%h", Math.floor(minutes / 60)).replace("%m", String(minutes % 60).padStart(2, "0"));
  return words.manyHours.replace("%h", Math.floor(minutes / 60));
}

// data-work: working seconds left at a moment, that moment, and how long it is open and closed from then on in turn.
function leftOf(pill, now) {
  if (!pill.dataset.work) return { left: Number(pill.dataset.due) - now, isOpen: true };
  const [left, start, ...lengths] = pill.dataset.work.split(" ").map(Number);
  let at = start, worked = 0, isOpen = false;
  lengths.forEach((length, place) => {
    if (place % 2 === 0) {
      worked += Math.min(Math.max(now - at, 0), length);
      isOpen ||= at <= now && now < at + length;
    }
    at += length;
  });
  return { left: left - worked, isOpen };
}

function tick(pill, now) {
  const { left: counted, isOpen } = leftOf(pill, now / 1000);
  const isLate = Number(pill.dataset.due) < now / 1000;
  const left = isLate ? Math.min(counted, 0) : Math.max(counted, 0);
  const target = Number(pill.dataset.target || 0);
  const state = isLate ? "breached" : left <= 1800 || (target && left <= target / 4) ? "warning" : "track";
  const long = pill.closest(".clock") !== null;
  const text = left <= -1 ? words.late.replace("%s", span(-left)) : isLate ? words.up : (long ? words.left : "%s").replace("%s", span(left));
  const label = pill.querySelector("[data-left]");
  if (label.textContent !== text) label.textContent = text;
  if (pill.dataset.state !== state) {
    pill.dataset.state = state;
    const use = pill.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#sla-${state}`));
  }
  if (target) {
    const fuse = `fuse-${Math.min(100, Math.max(0, Math.floor((1 - left / target) * 20) * 5))}`;
    for (const part of [pill, pill.parentElement.querySelector(".meter")]) {
      if (!part || part.classList.contains(fuse)) continue;
      part.classList.remove(...[...part.classList].filter((name) => name.startsWith("fuse-")));
      part.classList.add(fuse);
    }
  }
  return isOpen && left > -60 && left < 61;
}

function tickAll() {
  if (!words.minutes) return;
  const now = document.now();
  let soon = false;
  document.querySelectorAll(".sla[data-due]").forEach((pill) => { soon = tick(pill, now) || soon; });
  setTimeout(tickAll, soon ? 1000 : 60_000 - (now % 60_000) + 20);
}
if (document.body.dataset.words) setTimeout(tickAll, 60_000 - (document.now() % 60_000) + 20);
