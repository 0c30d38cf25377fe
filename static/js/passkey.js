// Forms that ask for a passkey. Such a form sends itself as any other would; in
// between, the server is asked for a challenge, and the browser for an answer
// by a passkey, which goes along in two hidden fields. Nothing is kept here.

/** @typedef {{ticket: string, options: {publicKey: any}}} Begun */

const known = "PublicKeyCredential" in self && "parseRequestOptionsFromJSON" in PublicKeyCredential && "parseCreationOptionsFromJSON" in PublicKeyCredential;

/** What waits for the owner to choose a passkey beside the field of the address.
 * @type {AbortController|undefined} */
let waiting;

/** @param {HTMLFormElement} form @param {string} name */
const part = (form, name) => /** @type {HTMLElement|null} */ (form.querySelector(`[data-${name}]`));

/** Says one of the sentences that the form came with; an empty name says nothing.
 * @param {HTMLFormElement} form @param {string} name */
function say(form, name) {
  const said = part(form, "said");
  if (!said) return;
  said.textContent = (name && said.dataset[name]) || "";
  said.hidden = !said.textContent;
}

/** Asks the server for a challenge. Undefined: it refuses, and the form itself
 * is answered with the reason.
 * @param {HTMLFormElement} form @returns {Promise<Begun|undefined>} */
async function begin(form) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  const res = await fetch(form.dataset.start ?? "", { method: "POST", body: fields });
  return res.ok ? res.json() : undefined;
}

/** @param {HTMLFormElement} form @param {Begun} begun @param {AbortSignal} [signal] of a wait beside a field */
function ask(form, begun, signal) {
  const { publicKey } = begun.options;
  if (form.dataset.passkey === "create") return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  const request = { publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) };
  return navigator.credentials.get(signal ? { ...request, mediation: "conditional", signal } : request);
}

/** Sends the form with what the passkey said; with nothing, the server says why.
 * @param {HTMLFormElement} form @param {Begun} [begun] @param {any} [credential] */
function send(form, begun, credential) {
  const field = (/** @type {string} */ name) => /** @type {HTMLInputElement|null} */ (form.querySelector(`input[name=${name}]`));
  const ticket = field("ticket"), answer = field("credential");
  if (ticket) ticket.value = begun?.ticket ?? "";
  if (answer) answer.value = credential ? JSON.stringify(credential) : "";
  form.submit();
}

/** @param {HTMLFormElement} form */
async function run(form) {
  waiting?.abort();
  say(form, "");
  form.setAttribute("aria-busy", "true");
  try {
    const begun = await begin(form);
    if (!begun) { send(form); return; }
    const credential = await ask(form, begun);
    if (credential) send(form, begun, credential);
  } catch (e) {
    const name = /** @type {Error} */ (e).name;
    say(form, name === "NotAllowedError" || name === "AbortError" ? "cancelled" : name === "InvalidStateError" ? "already" : "failed");
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** Lets the browser offer passkeys beside the field in which people begin to
 * sign in, once they come to it.
 * @param {HTMLFormElement} form */
async function offer(form) {
  if (waiting || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  const { signal } = waiting;
  try {
    const begun = await begin(form);
    const credential = begun && await ask(form, begun, signal);
    if (credential && !signal.aborted) send(form, begun, credential);
  } catch { /* nobody chose one: the button and the password are there */ }
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
  const host = form.dataset.host ?? "";
  const here = known && location.hostname === host;
  const elsewhere = part(form, "elsewhere"), note = part(form, "without"), button = part(form, "with");
  if (known && !here && elsewhere) {
    elsewhere.hidden = false;
    if (note) note.hidden = true;
    const link = elsewhere.querySelector("a");
    if (link) link.href += location.pathname.slice(1) + location.search;
  }
  if (!here) continue;
  if (button) button.hidden = false;
  if (note) note.hidden = true;
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    if (!form.hasAttribute("aria-busy")) run(form);
  });
  if (form.dataset.beside) document.getElementById(form.dataset.beside)?.addEventListener("focus", () => offer(form), { once: true });
}
