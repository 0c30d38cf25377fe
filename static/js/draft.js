// A form marked data-save is sent to its own address while somebody types. Where
// the line is cut, form.js keeps what was typed, and the next key tries again.
// What the server says to it is put into the page.

/** @param {HTMLFormElement} form */
function watch(form) {
  const note = /** @type {HTMLElement|null} */ (form.querySelector("[data-saved]"));
  const box = /** @type {HTMLElement|null} */ (form.querySelector("[data-warnings]"));
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** @type {AbortController|undefined} */
  let running;

  /** @param {{saved: string, warnings: {field: string, text: string}[], says?: Record<string, string>}} answer */
  function tell(answer) {
    if (note) note.textContent = answer.saved;
    for (const [id, text] of Object.entries(answer.says ?? {})) document.getElementById(id)?.replaceChildren(text);
    if (!box) return;
    box.replaceChildren(...answer.warnings.map((w) => {
      const p = document.createElement("p");
      p.textContent = w.text;
      return p;
    }));
    box.hidden = answer.warnings.length === 0;
  }

  async function save() {
    running?.abort();
    running = new AbortController();
    try {
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
      form.dispatchEvent(new Event("sending"));
      const res = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "1" }, signal: running.signal, redirect: "error" });
      if (!res.ok) return; // sending the form will say why
      tell(await res.json());
      form.dispatchEvent(new Event("saved"));
    } catch { /* kept in this tab */ }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  });
  form.addEventListener("submit", () => { clearTimeout(timer); running?.abort(); });
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-save]"))) watch(form);
