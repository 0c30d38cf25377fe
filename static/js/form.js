// Forms that lose nothing. What is typed into a form marked data-draft is kept
// in this tab until the server says that it has it; and an impatient second
// press does not send a form twice. Drafts are words about health: they are kept
// in sessionStorage, so that they are gone with the tab on a shared device.

/** @param {HTMLFormElement} form */
const place = (form) => `draft ${new URL(form.action).pathname}`;

/** @typedef {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement} Field */
/** @typedef {Record<string, string>} Filled what a form holds, by field */

/** What a person fills in: words, choices and ticks.
 * @param {HTMLFormElement} form */
const fields = (form) => /** @type {Field[]} */ ([...form.querySelectorAll("textarea[name], select[name], input:not([type])[name], :is(input[type=text], input[type=date], input[type=radio], input[type=checkbox])[name]")]);

/** @param {Field} f @returns {f is HTMLInputElement} */
const isTick = (f) => f instanceof HTMLInputElement && (f.type === "radio" || f.type === "checkbox");

/** @param {Field} f one of several ticks is known by its value as well */
const key = (f) => (isTick(f) ? `${f.name}=${f.value}` : f.name);

/** @param {Field} f what it holds */
const now = (f) => (isTick(f) ? String(f.checked) : f.value);

/** @param {Field} f what it came with */
function came(f) {
  if (isTick(f)) return String(f.defaultChecked);
  return f instanceof HTMLSelectElement ? ([...f.options].find((o) => o.defaultSelected) ?? f.options[0])?.value ?? "" : f.defaultValue;
}

/** @param {Field} f @param {string} value */
function put(f, value) {
  if (isTick(f)) f.checked = value === "true";
  else f.value = value;
}

/** @param {HTMLFormElement} form @param {(f: Field) => string} of @returns {Filled} */
const all = (form, of) => Object.fromEntries(fields(form).map((f) => [key(f), of(f)]));

/** What the server has of a form for sure, and what it was sent since, which it
 * has too if only its answer was lost.
 * @type {WeakMap<HTMLFormElement, {sure: Filled, sent?: Filled}>} */
const held = new WeakMap();

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
  const { sure, sent } = held.get(form) ?? { sure: all(form, came) };
  const changed = fields(form).filter((f) => now(f) !== sure[key(f)]);
  stored(() => {
    if (changed.length === 0) { sessionStorage.removeItem(place(form)); return; }
    sessionStorage.setItem(place(form), JSON.stringify(Object.fromEntries(changed.map((f) => [key(f), { had: [sure[key(f)], sent?.[key(f)]], now: now(f) }]))));
  });
  showKept(form, changed.length > 0);
}

/** Puts a draft back where the page still shows what it was typed over; a page
 * that came back with something else in it is newer than the draft.
 * @param {HTMLFormElement} form */
function restore(form) {
  const draft = stored(() => JSON.parse(sessionStorage.getItem(place(form)) ?? "null"));
  if (!draft) return;
  for (const f of fields(form)) {
    const d = draft[key(f)];
    if (d?.had?.includes(came(f)) && now(f) === came(f)) put(f, d.now);
  }
  showKept(form, fields(form).some((f) => now(f) !== came(f)));
}

/** The server has taken the form, which is empty again.
 * @param {HTMLFormElement} form */
function taken(form) {
  held.delete(form);
  stored(() => sessionStorage.removeItem(place(form)));
  showKept(form, false);
}

/** The server has what was sent last; what was typed since is kept on.
 * @param {HTMLFormElement} form */
function saved(form) {
  const sent = held.get(form)?.sent;
  if (sent) held.set(form, { sure: sent });
  save(form);
}

/** @param {HTMLFormElement} form */
function sending(form) {
  held.set(form, { sure: held.get(form)?.sure ?? all(form, came), sent: all(form, now) });
  save(form);
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
    form.addEventListener("sending", () => { clearTimeout(timer); sending(form); });
    form.addEventListener("saved", () => { clearTimeout(timer); saved(form); });
    form.addEventListener("taken", () => { clearTimeout(timer); taken(form); });
    form.addEventListener("submit", () => { clearTimeout(timer); sending(form); stored(() => sessionStorage.setItem("sent", place(form))); });
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
