// A list of choices that acts when one is chosen, chosen by keys: the arrows only look, Enter or leaving it takes what
// is shown, Escape takes it back (WCAG 3.2.2). With the mouse, or in the opened list, a choice acts at once.
const ACTING = "form[data-apply] select, form[data-auto] select, select[hx-post]";
let looking = false;
let before = null;

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(ACTING)) return;
  const select = event.target;
  if (event.key === "Enter" && before?.select === select) {
    event.preventDefault();
    take();
  } else if (event.key === "Escape" && before?.select === select) {
    select.value = before.value;
    before = null;
  } else {
    looking = !["Enter", " ", "Tab", "Escape"].includes(event.key) && !event.altKey && !event.ctrlKey;
  }
}, true);
document.addEventListener("keyup", () => { looking = false; }, true);

// What stood there when the field was entered.
let entered = "";
document.addEventListener("focusin", (event) => { if (event.target.matches?.(ACTING)) entered = event.target.value; });

document.addEventListener("change", (event) => {
  if (!looking || !event.isTrusted || !event.target.matches(ACTING)) return;
  event.stopImmediatePropagation();
  before ??= { select: event.target, value: entered };
}, true);

function take() {
  const { select, value } = before;
  before = null;
  if (select.value === value) return;
  entered = select.value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}
document.addEventListener("focusout", (event) => { if (before?.select === event.target) take(); });
