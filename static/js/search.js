// Suggestions while a query is typed. Up and Down choose, Tab or Enter takes the chosen one, Escape sends them away.
// Without a script the box is a plain field, and the page lists what can be asked for.
document.querySelectorAll("input[data-suggest]").forEach((input) => {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `${input.id}-suggestions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0]?.textContent ?? "");
  list.hidden = true;
  (input.closest(".field") ?? input.form).append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  let offered = [];
  let chosen = -1;
  let asked = 0;
  let waiting;

  function close() {
    clearTimeout(waiting);
    asked += 1; // an answer that is still on its way comes too late
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    chosen = place;
    [...list.children].forEach((item, each) => item.setAttribute("aria-selected", String(each === place)));
    if (place < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[place].id);
    list.children[place].scrollIntoView({ block: "nearest" });
  }

  function show(suggestions) {
    offered = suggestions;
    list.replaceChildren(...suggestions.map((each, place) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${place}`;
      item.setAttribute("role", "option");
      const word = document.createElement("b");
      word.textContent = each.text;
      const help = document.createElement("span");
      help.textContent = each.help;
      item.append(word, help);
      // The field keeps the focus.
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(place); });
      return item;
    }));
    list.hidden = !suggestions.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    choose(-1);
  }

  function take(place) {
    // Positions count characters as the server does; a script counts some of them twice.
    const letters = [...input.value];
    const { text, start, end } = offered[place];
    const before = letters.slice(0, start).join("") + text;
    input.value = before + letters.slice(end).join("").trimStart();
    input.setSelectionRange(before.length, before.length);
    close();
    if (text.endsWith(":")) ask();
  }

  async function ask() {
    const mine = (asked += 1);
    const typed = input.value.slice(0, input.selectionStart);
    try {
      const answer = await fetch(`${input.dataset.suggest}?${new URLSearchParams({ q: typed })}`, { credentials: "same-origin" });
      if (answer.ok && mine === asked) show((await answer.json()).suggestions);
    } catch {
      // Away for a moment: typing goes on without suggestions.
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden) { event.preventDefault(); ask(); return; }
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose((chosen + step + offered.length + (chosen < 0 && step < 0 ? 1 : 0)) % offered.length);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Enter") {
      close();
    }
  });
  input.addEventListener("blur", close);
});
