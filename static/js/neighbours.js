// The list somebody came from: its name on the way back, and the tickets before and after this one.
const here = Number(location.pathname.match(/^\/tickets\/(\d+)\/$/)?.[1]);
const listed = document.getElementById("rows");

if (listed) {
  // What is on the screen when a ticket is opened, pages added later included.
  addEventListener("pagehide", () => {
    const tickets = [...listed.querySelectorAll(".row")].map((row) => Number(row.dataset.ticket));
    const title = document.querySelector("h1").textContent;
    sessionStorage.setItem("list", JSON.stringify({ tickets, title, url: location.pathname + location.search }));
  });
}

const came = JSON.parse(sessionStorage.getItem("list") || "null");
const at = here && came ? came.tickets.indexOf(here) : -1;
if (at >= 0) {
  const back = document.querySelector("[data-back]");
  back.href = came.url;
  back.querySelector("span").textContent = came.title;
  const group = document.querySelector("[data-neighbours]");
  const [previous, next] = group.querySelectorAll("a");
  const place = (link, number) => (number ? (link.href = `/tickets/${number}/`) : link.removeAttribute("data-key"));
  document.querySelectorAll("button[name=next]").forEach((button) => { button.value = came.tickets[at + 1] ?? ""; });
  place(previous, came.tickets[at - 1]);
  place(next, came.tickets[at + 1]);
  group.hidden = false;
}
