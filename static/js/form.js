// Forms that lose nothing: what is typed into a form marked data-draft is kept
// on this device until the server has taken it, and a form is not sent twice by
// an impatient finger.

/** @param {HTMLFormElement} form */
const place = (form) => `draft ${new URL(form.action).pathname}`;

/** @param {HTMLFormElement} form */
const texts = (form) => /** @type {NodeListOf<HTMLInputElement|HTMLTextAreaElement>} */ (form.querySelectorAll("textarea[name], input[type=text][name], input:not([type])[name]"));

/** @param {HTMLFormElement} form */
function save(form) {
  const now = Object.fromEntries([...texts(form)].filter((f) => f.value).map((f) => [f.name, f.value]));
  try {
    if (Object.keys(now).length) localStorage.setItem(place(form), JSON.stringify({ at: Date.now(), now }));
    else localStorage.removeItem(place(form));
  } catch { return; }
  const kept = /** @type {HTMLElement|null} */ (form.querySelector("[data-kept]"));
  if (kept) kept.hidden = Object.keys(now).length === 0;
}

/** @param {HTMLFormElement} form */
function restore(form) {
  try {
    const kept = JSON.parse(localStorage.getItem(place(form)) ?? "null");
    if (!kept || Date.now() - kept.at > 180 * 86400e3) return;
    for (const f of texts(form)) {
      if (!f.value && kept.now[f.name]) f.value = kept.now[f.name];
    }
  } catch { /* unreadable or closed: nothing to restore */ }
}

/** Keeps and restores drafts. A page that says that something was done has
 * taken the draft of the form it came from. */
export function keepDrafts() {
  const done = new URLSearchParams(location.search).has("done");
  const sent = done ? sessionStorage.getItem("sent") : null;
  if (sent) {
    localStorage.removeItem(sent);
    sessionStorage.removeItem("sent");
  }
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-draft]"))) {
    restore(form);
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => save(form), 300); });
    form.addEventListener("taken", () => { clearTimeout(timer); localStorage.removeItem(place(form)); });
    form.addEventListener("submit", () => { save(form); sessionStorage.setItem("sent", place(form)); });
  }
}

/** Sends a form once: the second press within the same page view does nothing.
 * The server would answer it the same way; this saves the wait. */
export function guardForms() {
  document.addEventListener("submit", (e) => {
    const form = /** @type {HTMLFormElement} */ (e.target);
    if (e.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "1";
    addEventListener("pageshow", () => { delete form.dataset.sent; }, { once: true });
  });
}
