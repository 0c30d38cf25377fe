// Forms that lose nothing. What is typed into a form marked data-draft is kept
// in this tab until the server says that it has it; and an impatient second
// press does not send a form twice. Drafts are words about health: they are kept
// in sessionStorage, so that they are gone with the tab on a shared device.

/** @param {HTMLFormElement} form */
const place = (form) => `draft ${new URL(form.action).pathname}`;

/** @param {HTMLFormElement} form */
const texts = (form) => /** @type {NodeListOf<HTMLInputElement|HTMLTextAreaElement>} */ (form.querySelectorAll("textarea[name], input[type=text][name], input:not([type])[name]"));

/** Runs f, which uses storage; does nothing where storage is closed to us.
 * @template T @param {() => T} f @returns {T|undefined} */
function stored(f) {
  try { return f(); } catch { return undefined; }
}

/** @param {HTMLFormElement} form @param {boolean} is */
function showKept(form, is) {
  const note = /** @type {HTMLElement|null} */ (form.querySelector("[data-kept]"));
  if (note) note.hidden = !is;
}

/** @param {HTMLFormElement} form */
function save(form) {
  const changed = [...texts(form)].filter((f) => f.value !== f.defaultValue);
  stored(() => {
    if (changed.length === 0) { sessionStorage.removeItem(place(form)); return; }
    sessionStorage.setItem(place(form), JSON.stringify(Object.fromEntries(changed.map((f) => [f.name, { was: f.defaultValue, now: f.value }]))));
  });
  showKept(form, changed.length > 0);
}

/** Puts a draft back where the page still shows what it was typed over; a page
 * that came back with the text in it is newer than the draft.
 * @param {HTMLFormElement} form */
function restore(form) {
  const draft = stored(() => JSON.parse(sessionStorage.getItem(place(form)) ?? "null"));
  if (!draft) return;
  for (const f of texts(form)) {
    const d = draft[f.name];
    if (d && f.value === f.defaultValue && f.defaultValue === d.was) f.value = d.now;
  }
  showKept(form, true);
}

/** Keeps and restores drafts. A page that says that something was done has
 * taken the draft of the form that was sent. */
export function keepDrafts() {
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    stored(() => {
      const sent = sessionStorage.getItem("sent");
      if (sent) sessionStorage.removeItem(sent);
      sessionStorage.removeItem("sent");
    });
    here.searchParams.delete("done");
    history.replaceState(history.state, "", here); // said once, not again on reload
  }
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-draft]"))) {
    restore(form);
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 300, form); });
    form.addEventListener("taken", () => { clearTimeout(timer); stored(() => sessionStorage.removeItem(place(form))); showKept(form, false); });
    form.addEventListener("submit", () => { clearTimeout(timer); save(form); stored(() => sessionStorage.setItem("sent", place(form))); });
    addEventListener("pagehide", () => { clearTimeout(timer); save(form); });
  }
}

/** Sends a form once: a second press of the same button within the same view of
 * the page does nothing for a while. The server would answer it the same way;
 * this saves the wait. Scripts that send by themselves are left alone. */
export function guardForms() {
  /** @type {Map<Element, number>} when each button, or form, was last pressed */
  const pressed = new Map();
  document.addEventListener("submit", (e) => {
    const form = /** @type {HTMLFormElement} */ (e.target);
    if (e.defaultPrevented || form.method !== "post") return;
    const by = e.submitter ?? form;
    if (Date.now() - (pressed.get(by) ?? 0) < 8000) { e.preventDefault(); return; }
    pressed.set(by, Date.now());
    by.setAttribute("aria-disabled", "true");
    setTimeout(() => by.removeAttribute("aria-disabled"), 8000);
  });
  addEventListener("pageshow", () => {
    for (const by of pressed.keys()) by.removeAttribute("aria-disabled");
    pressed.clear();
  });
}
