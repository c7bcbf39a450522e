// A person is dragged onto a free seat of the board. What speaks against a seat is asked when the drag begins and said
// when one is over it. The links of people and seats do the same, with keys and without a script.
const people = document.querySelector("[data-fits]");
const spoken = document.getElementById("fits-spoken");
const form = document.getElementById("drop");
let person = null;
let why = {};

const seats = () => document.querySelectorAll("[data-place]");
const seatOf = (event) => event.target.closest?.("[data-place]");

people?.addEventListener("dragstart", async (event) => {
  const chosen = event.target.closest("[data-person]");
  if (!chosen) return;
  person = chosen.dataset.person;
  why = {};
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", person);
  const asked = person;
  const answer = await fetch(`${people.dataset.fits}?person=${asked}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || asked !== person) return;
  why = (await answer.json()).why;
  for (const seat of seats()) {
    const reason = why[seat.dataset.shift];
    if (reason === undefined) continue;
    seat.dataset.fit = reason ? "no" : "yes";
    seat.title = reason;
  }
  // A quick hand is over a seat before the answer is here.
  const over = document.querySelector("[data-place][data-over]");
  if (over && spoken) spoken.textContent = why[over.dataset.shift] ?? "";
});
document.addEventListener("dragover", (event) => {
  const seat = person && seatOf(event);
  for (const each of document.querySelectorAll("[data-over]")) if (each !== seat) each.removeAttribute("data-over");
  if (!seat) return;
  event.preventDefault();
  if (seat.hasAttribute("data-over")) return;
  seat.toggleAttribute("data-over", true);
  if (spoken) spoken.textContent = why[seat.dataset.shift] ?? "";
});
document.addEventListener("drop", (event) => {
  const seat = person && seatOf(event);
  if (!seat || !form) return;
  event.preventDefault();
  form.action = seat.dataset.place;
  form.elements.person.value = person;
  form.requestSubmit();
});
people?.addEventListener("dragend", () => {
  person = null;
  for (const seat of seats()) {
    seat.removeAttribute("data-over");
    delete seat.dataset.fit;
    seat.removeAttribute("title");
  }
});
