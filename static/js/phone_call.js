// A call while it goes on: its clock runs by itself, what is typed is kept, Up and Down choose who is meant.
const form = document.querySelector("form[data-call]");
if (form) {
  const { key, began } = form.elements;
  const length = form.querySelector("#call-length"); // elements.length is how many there are
  const said = form.querySelector(".draft");
  const pause = form.querySelector("[data-pause]");
  const words = { pause: pause.textContent, on: pause.dataset.goOn };

  // The clock: the seconds before it was last stopped, and since when it runs. What is written over it counts as it is.
  const read = (text) => text.split(":").reduce((sum, part) => sum * 60 + (Number(part) || 0), 0);
  let before = length.value.includes(":") ? read(length.value) : 0;
  let since = length.value && !length.value.includes(":") ? null : performance.now();
  let isWritten = since === null;
  if (since !== null && !length.value) before = Math.max(0, Math.min(12 * 3600, document.now() / 1000 - Date.parse(began.value) / 1000));
  const elapsed = () => before + (since === null ? 0 : (performance.now() - since) / 1000);

  function show() {
    if (isWritten || since === null) return;
    const s = Math.floor(elapsed());
    length.value = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  }
  setInterval(show, 1000);
  show();

  pause.addEventListener("click", () => {
    if (since === null) {
      if (isWritten) before = length.value.includes(":") ? read(length.value) : (Number(length.value) || 0) * 60;
      isWritten = false;
      since = performance.now();
    } else {
      before = elapsed();
      since = null;
    }
    pause.textContent = since === null ? words.on : words.pause;
    keep();
  });
  length.addEventListener("input", () => { isWritten = true; since = null; pause.textContent = words.on; });
  if (isWritten) pause.textContent = words.on;

  // The draft: a second after a pause in typing, and when the page is left. Reloading the page leads back to it.
  let waiting;
  let isOver = false;
  function save({ leaving = false } = {}) {
    clearTimeout(waiting);
    waiting = undefined;
    const body = new FormData(form);
    return fetch(form.dataset.call, { method: "POST", body, keepalive: leaving, redirect: "error" })
      .then((answer) => {
        if (!answer.ok) throw new Error(answer.status);
        said.textContent = form.dataset.saved;
        const here = new URL(location.href);
        here.search = new URLSearchParams({ draft: key.value });
        if (!isOver) history.replaceState(history.state, "", here);
      })
      .catch(() => { said.textContent = form.dataset.failed; if (!isOver) waiting = setTimeout(save, 5000); });
  }
  function keep() {
    if (isOver) return;
    clearTimeout(waiting);
    waiting = setTimeout(save, 1000);
  }
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  document.addEventListener("submit", (event) => {
    if (event.target !== form && event.target.id !== "discard-call") return;
    isOver = true;
    clearTimeout(waiting);
    waiting = undefined;
  });
  addEventListener("pagehide", () => { if (waiting && !isOver) save({ leaving: true }); });

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || !["ArrowDown", "ArrowUp"].includes(event.key) || !["number", "name", "email"].includes(event.target.name)) return;
    const people = [...form.querySelectorAll("input[name=who]")];
    if (!people.length) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const now = people.findIndex((each) => each.checked);
    const next = people[(now + step + people.length + (now < 0 && step < 0 ? 1 : 0)) % people.length];
    next.checked = true;
    next.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A person of another number: what was chosen of the one before means nothing any more.
  form.addEventListener("input", (event) => {
    if (!["number", "name", "email"].includes(event.target.name)) return;
    form.querySelectorAll("input[name=who]").forEach((each) => { each.checked = false; });
  });
}
