// A package's page, live: a new answer appears at its wish, a new version is
// offered to be shown, and votes need no reload. All of it works without this
// script, by the forms on the page.
import { subscribe } from "./live.js";
import { fragment } from "./fragment.js";

class PackageLive extends HTMLElement {
  connectedCallback() {
    this.note = /** @type {HTMLElement} */ (this.querySelector(".live-note"));
    subscribe(this.dataset.live ?? "", {
      seq: Number(this.dataset.seq),
      epoch: this.dataset.epoch ?? "",
      onEvent: (ev) => (ev.type === "answer.new" ? this.answered(ev.ref) : this.tell(ev.type === "wish.new" ? this.dataset.wish : this.dataset.version)),
      onReset: async () => { this.tell(this.dataset.version); return undefined; },
    });
    document.addEventListener("submit", (e) => this.vote(e));
  }

  /** The page as it is now. @param {string} [query] */
  async fresh(query = "") {
    const res = await fetch(this.dataset.path + query, { headers: { "X-Part": "1" } });
    if (!res.ok) throw new Error(String(res.status));
    return fragment(await res.text());
  }

  /** Says what is new, with a button that shows it. @param {string} [text] */
  tell(text) {
    const b = document.createElement("button");
    b.className = "act";
    b.textContent = this.dataset.show ?? "";
    b.addEventListener("click", async () => { this.put(await this.fresh()); this.note?.replaceChildren(); });
    this.note?.replaceChildren(`${text} `, b);
  }

  /** Puts the wish with its answer in the place of the one without.
   * @param {number} id */
  async answered(id) {
    const now = (await this.fresh()).getElementById(`w${id}`);
    const old = this.querySelector(`#w${id}`);
    if (!now || !old || old.contains(document.activeElement)) { this.tell(this.dataset.answer); return; }
    now.classList.add("fresh");
    old.replaceWith(now);
    this.note?.replaceChildren(this.dataset.answer ?? "");
  }

  /** @param {DocumentFragment} page */
  put(page) {
    const key = (/** @type {Element} */ d) => d.querySelector("summary [id]")?.id;
    const open = new Map([...this.querySelectorAll("details")].map((d) => [key(d), d.open]));
    this.querySelector("#package")?.replaceChildren(page);
    for (const d of this.querySelectorAll("details")) if (key(d)) d.open = open.get(key(d)) || d.open;
  }

  /** Sends a vote, and shows what follows from it. @param {SubmitEvent} e */
  async vote(e) {
    const form = /** @type {HTMLFormElement} */ (e.target), by = /** @type {HTMLButtonElement|null} */ (e.submitter);
    if (form.id !== "act" || !by || e.defaultPrevented) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form, by)));
    try {
      const res = await fetch(by.formAction, { method: "POST", body, headers: { "X-Part": "1" } });
      if (!res.ok) throw new Error(String(res.status));
      const at = by.getAttribute("formaction") + by.value;
      this.put(await this.fresh("?done=voted"));
      const again = [...this.querySelectorAll("button")].find((b) => b.getAttribute("formaction") + b.value === at);
      /** @type {HTMLElement|undefined} */ (again)?.focus({ preventScroll: true });
    } catch { // the server says why, on a page of its own
      const value = Object.assign(document.createElement("input"), { type: "hidden", name: by.name, value: by.value });
      form.append(value);
      form.action = by.formAction;
      form.submit();
    }
  }
}
customElements.define("package-live", PackageLive);
