// Passkeys: a form with data-passkey asks the browser for one and sends what it answers. Without passkeys such a form
// stays hidden, and the page has another way beside it.
const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const withBytes = (list) => (list ?? []).map((each) => ({ ...each, id: toBytes(each.id) }));

function forBrowser(options) {
  const read = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = withBytes(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = withBytes(options.allowCredentials);
  return read;
}

function forServer(found) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) response[name] = toText(found.response[name]);
  }
  if (found.response.getTransports) response.transports = found.response.getTransports();
  return {
    id: found.id,
    rawId: toText(found.rawId),
    type: found.type,
    authenticatorAttachment: found.authenticatorAttachment,
    clientExtensionResults: found.getClientExtensionResults(),
    response,
  };
}

async function optionsOf(form) {
  const url = form.dataset.optionsUrl;
  if (!url) return JSON.parse(form.querySelector("script[type='application/json']").textContent);
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  return answer.json();
}

async function ask(form) {
  const options = await optionsOf(form);
  if (form.dataset.passkey === "get") {
    return navigator.credentials.get({ publicKey: forBrowser(options.request_options.publicKey) });
  }
  const publicKey = forBrowser(options.creation_options.publicKey);
  // Kept by the device with the account's name, where it can: then it signs in alone, without address and password.
  publicKey.authenticatorSelection = { ...publicKey.authenticatorSelection, residentKey: "preferred", requireResidentKey: false };
  return navigator.credentials.create({ publicKey });
}

function tell(form, why) {
  const error = form.querySelector("[data-passkey-error]");
  error.hidden = !why;
  error.querySelectorAll("[data-why]").forEach((each) => { each.hidden = each.dataset.why !== why; });
}

const REASONS = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known", SecurityError: "address" };

async function send(event) {
  const form = event.target;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  tell(form, "");
  try {
    form.elements.credential.value = JSON.stringify(forServer(await ask(form)));
    form.submit();
  } catch (problem) {
    button.removeAttribute("aria-busy");
    tell(form, REASONS[problem.name] ?? "failed");
  }
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", send);
  });
  document.querySelectorAll(".no-passkey").forEach((each) => { each.hidden = true; });
}
