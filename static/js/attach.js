// Files chosen, dropped on the composer or pasted into it go up at once and wait beside the draft. Without this script
// they go with the form.
const busy = new Map();
const PLACES = ".composer, .asked"; // an answer to a question stands beside it
const formOf = (element) => [...(element.closest?.(PLACES)?.querySelectorAll("form:has(.kept-files)") ?? [])].find((each) => each.getClientRects().length);
const boxOf = (form) => (form ? form.querySelector(".kept-files[data-url]") : null);
const bytesIn = (box) => [...box.querySelectorAll(".kept-file")].filter((each) => each.querySelector("input")?.checked ?? true).reduce((sum, each) => sum + Number(each.dataset.size), 0);

function complain(box, words) {
  box.parentElement.querySelector(".upload-problem")?.remove();
  if (!words) return;
  const said = document.createElement("p");
  said.className = "problem error upload-problem";
  said.role = "alert";
  said.textContent = words;
  box.after(said);
}

// What a browser calls "image.png" says when it was taken instead.
function named(file, box) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const at = new Date(document.now());
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}.${two(at.getMinutes())}.${two(at.getSeconds())}`;
  return new File([file], `${box.dataset.picture} ${day} ${time}${file.name.slice(5)}`, { type: file.type });
}

function send(form, box, file) {
  const chip = document.createElement("span");
  chip.className = "chip kept-file";
  chip.dataset.size = file.size;
  const name = document.createElement("span");
  name.className = "clip";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  chip.append(name, bar);
  box.append(chip);
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.append("kind", form.dataset.kind);
  body.append("files", file);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", box.dataset.url);
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    request.addEventListener("loadend", () => {
      if (request.status === 200 && !request.responseURL.includes("/login/")) {
        const fresh = document.createElement("template");
        fresh.innerHTML = request.responseText.trim();
        chip.replaceWith(fresh.content);
      } else {
        chip.remove();
        complain(box, reason(request) || box.dataset.failed.replace("{name}", file.name));
      }
      done();
    });
    request.send(body);
  });
}

function reason(request) {
  try {
    return JSON.parse(request.responseText).error;
  } catch {
    return "";
  }
}

function add(form, files) {
  const box = boxOf(form);
  complain(box, "");
  let bytes = bytesIn(box);
  for (const given of files) {
    const file = named(given, box);
    bytes += file.size;
    if (bytes > Number(box.dataset.maxBytes)) return complain(box, box.dataset.tooLarge);
    const before = busy.get(form) ?? Promise.resolve();
    const turn = before.then(() => send(form, box, file));
    busy.set(form, turn);
    turn.then(() => busy.get(form) === turn && busy.delete(form));
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.type === "file" && event.target.form;
  if (!form || !boxOf(form)) return;
  const files = [...event.target.files];
  event.target.value = "";
  add(form, files);
});

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  const form = holdsFiles(event) && formOf(event.target);
  document.querySelectorAll("[data-dropping]").forEach((each) => each.contains(event.target) || each.removeAttribute("data-dropping"));
  if (!boxOf(form)) return;
  event.preventDefault();
  form.closest(PLACES).setAttribute("data-dropping", "");
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.querySelector("[data-dropping]")?.removeAttribute("data-dropping"); });
document.addEventListener("drop", (event) => {
  document.querySelector("[data-dropping]")?.removeAttribute("data-dropping");
  const form = holdsFiles(event) && formOf(event.target);
  if (!boxOf(form)) return;
  event.preventDefault();
  const items = [...event.dataTransfer.items].filter((each) => each.kind === "file");
  const isFolder = items.some((each) => each.webkitGetAsEntry?.()?.isDirectory);
  if (isFolder) complain(boxOf(form), boxOf(form).dataset.folder);
  else add(form, [...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  const form = event.target.closest?.("form:has(.kept-files)");
  // A spreadsheet puts a picture of its cells beside their words: the words were meant.
  if (!files.length || !boxOf(form) || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  add(form, files);
});

// Send waits for what is still on its way up.
document.addEventListener("submit", (event) => {
  const waiting = busy.get(event.target);
  if (!waiting) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter;
  waiting.then(() => event.target.requestSubmit(button));
}, true);
