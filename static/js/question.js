// A question's page, live: new replies, edits, votes and who is writing arrive
// by themselves; replying and voting need no reload. Everything here also works
// without this script, by the forms on the page.
import { subscribe, typing } from "./live.js";
import { fragment } from "./fragment.js";

const list = /** @type {HTMLElement|null} */ (document.getElementById("list"));
const words = document.getElementById("words")?.dataset ?? {};
const pill = document.getElementById("newer");
const form = /** @type {HTMLFormElement|null} */ (document.getElementById("reply"));
const act = /** @type {HTMLFormElement|null} */ (document.getElementById("act"));
/** @type {Map<string, HTMLElement>} replies that wait behind the pill */
const waiting = new Map();
/** @type {Set<string>} replies that this page has posted itself */
const own = new Set();

/** @param {string} text @param {Record<string, string|number>} values */
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, k) => String(values[k] ?? ""));

const token = () => /** @type {HTMLInputElement|null} */ (act?.elements.namedItem("token"))?.value ?? "";

const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

/** Whether the reader has the end of the list before them. */
function atEnd() {
  const last = list?.lastElementChild;
  return !last || last.getBoundingClientRect().top < innerHeight;
}

/** @param {string} html @param {{reply: number, position: number, at: string, own: boolean}} r */
function build(html, r) {
  const li = /** @type {HTMLElement|null} */ (fragment(html).querySelector("li"));
  if (!li) return null;
  const mould = /** @type {HTMLTemplateElement|null} */ (document.getElementById(r.own ? "footer-own" : "footer"));
  if (mould && !li.querySelector(".tomb")) {
    const foot = /** @type {DocumentFragment} */ (mould.content.cloneNode(true));
    for (const el of foot.querySelectorAll("*")) {
      for (const a of el.attributes) {
        if (/\{|%7b/i.test(a.value)) {
          el.setAttribute(a.name, a.value.replace(/\{id\}|%7bid%7d/gi, String(r.reply)).replace(/\{position\}|%7bposition%7d/gi, String(r.position)));
        }
      }
    }
    foot.querySelector("time")?.setAttribute("datetime", r.at);
    li.append(foot);
  }
  return li;
}

/** @param {string} id */
const shown = (id) => /** @type {HTMLElement|null} */ (list?.querySelector(`li[data-reply="${CSS.escape(id)}"]`) ?? waiting.get(id) ?? null);

/** Puts a reply where it belongs, or in the place of an older version.
 * @param {string} html @param {{reply: number, ver: number, position: number, at: string, fresh: boolean}} r */
function place(html, r) {
  const id = String(r.reply);
  const old = shown(id);
  if (old && Number(old.dataset.ver) >= r.ver) return;
  const li = build(html, { ...r, own: own.has(id) });
  if (!li || !list) return;
  if (old) {
    const foot = old.querySelector(":scope > footer");
    if (foot && !li.querySelector(".tomb")) {
      li.querySelector(":scope > footer")?.remove();
      li.append(foot); // keeps the reader's own vote
    }
    if (waiting.has(id)) waiting.set(id, li);
    else old.replaceWith(li);
    return;
  }
  if (!r.fresh || list.dataset.last !== "true") {
    if (r.fresh) behind(id, li);
    return;
  }
  if (own.has(id) || (waiting.size === 0 && atEnd())) append(li);
  else behind(id, li);
}

/** @param {HTMLElement} li */
function append(li) {
  document.getElementById("none")?.remove();
  const at = Number(li.dataset.position);
  const after = [.../** @type {NodeListOf<HTMLElement>} */ (list?.querySelectorAll(":scope > li") ?? [])].filter((x) => Number(x.dataset.position) < at).pop();
  if (after) after.after(li);
  else list?.prepend(li);
  count(1);
}

/** @param {number} by */
function count(by) {
  const at = document.getElementById("count");
  if (!at) return;
  const n = Number(at.dataset.n) + by;
  at.dataset.n = String(n);
  at.textContent = `(${n.toLocaleString("en")})`;
}

/** @param {string} id @param {HTMLElement} li */
function behind(id, li) {
  waiting.set(id, li);
  if (!pill) return;
  const n = waiting.size;
  const text = n === 1 ? words.newOne : n === 2 ? words.newTwo : fill(words.newMany ?? "", { n });
  let button = pill.querySelector("button");
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", reveal);
    pill.append(button);
  }
  button.textContent = text ?? "";
}

function reveal() {
  if (list?.dataset.last !== "true") { location.reload(); return; }
  const first = waiting.values().next().value;
  for (const li of waiting.values()) append(li);
  waiting.clear();
  pill?.replaceChildren();
  if (first) {
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "start" });
  }
}

/** @param {{type: string, ref: number, ver: number, at?: string, d?: any}} ev */
async function onEvent(ev) {
  if (ev.type === "vote.sum") {
    for (const s of ev.d?.sums ?? []) helpful(s.reply, s.helpful);
    return;
  }
  if (!ev.type.startsWith("reply.")) return;
  const fresh = ev.type === "reply.new" || ev.type === "reply.show";
  if (ev.type === "reply.new") hush();
  const d = ev.d ?? {};
  const html = d.html || (await fetchFragment(ev.ref));
  if (html) place(html, { reply: ev.ref, ver: d.version ?? ev.ver, position: d.position ?? 0, at: d.at ?? ev.at ?? "", fresh });
}

/** @param {number} id */
async function fetchFragment(id) {
  const res = await fetch(`${prefix()}/replies/${id}/fragment`, { headers: { "X-Part": "1" } });
  return res.ok ? res.text() : "";
}

const prefix = () => (document.documentElement.lang === "en" ? "" : `/${document.documentElement.lang}`);

/** Too much was missed for events: take what is shown anew.
 * @returns {Promise<{seq: number, epoch: string}|undefined>} */
async function onReset() {
  if (!list) return undefined;
  const first = Number(/** @type {HTMLElement|null} */ (list.querySelector("li"))?.dataset.position ?? 1);
  const res = await fetch(`${prefix()}/questions/${list.dataset.question}/fragment?after=${first - 1}`, { headers: { "X-Part": "1" } });
  if (!res.ok) return undefined;
  const now = await res.json();
  list.replaceChildren(fragment(now.html));
  list.dataset.last = String(!now.more);
  waiting.clear();
  pill?.replaceChildren();
  return { seq: now.seq, epoch: now.epoch };
}

const bar = document.getElementById("state");

/** @param {string} s connected, reconnecting, ended or refused */
function onState(s) {
  if (!bar) return;
  const text = s === "ended" || s === "refused" ? words.liveEnded : s === "reconnecting" ? words.liveOff : words.liveOn;
  bar.hidden = false;
  bar.dataset.is = s;
  const at = bar.querySelector("[data-state]");
  if (at) at.textContent = text ?? "";
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let stopTyping;

/** What somebody was writing has arrived. */
function hush() {
  const p = document.getElementById("typing");
  if (p) p.hidden = true;
}

/** @param {{type: string, d: any}} e */
function onEph(e) {
  if (e.type === "presence") {
    const staff = bar?.querySelector("[data-staff]");
    const readers = bar?.querySelector("[data-readers]");
    if (staff) staff.textContent = e.d.staff?.length ? fill(words.staff ?? "", { who: e.d.staff.join(", ") }) : "";
    if (readers) readers.textContent = e.d.few ? words.few ?? "" : fill(words.reading ?? "", { n: e.d.readers ?? 0 });
  }
  if (e.type === "typing") {
    const p = document.getElementById("typing");
    if (!p) return;
    p.hidden = false;
    p.textContent = e.d.label ? fill(words.typing ?? "", { who: e.d.label }) : (e.d.role === "asker" ? words.typingAsker : words.typingMember) ?? "";
    clearTimeout(stopTyping);
    stopTyping = setTimeout(() => { p.hidden = true; }, (e.d.ttl ?? 6) * 1000);
  }
}

/** @param {number|string} id @param {number} n */
function helpful(id, n) {
  for (const el of document.querySelectorAll(`[data-helpful="${CSS.escape(String(id))}"]`)) el.textContent = `(${n})`;
}

/** @param {HTMLButtonElement} b */
async function vote(b) {
  const value = b.value;
  const res = await fetch(b.formAction, { method: "POST", headers: { "X-Part": "1" }, body: new URLSearchParams({ token: token(), value }) });
  if (!res.ok) { b.form?.requestSubmit(b); return; } // the page that answers says why
  const v = await res.json();
  b.setAttribute("aria-pressed", String(v.value === 1));
  b.value = v.value === 1 ? "0" : "1";
  helpful(v.reply, v.helpful);
  if (!v.counted && v.value === 1) say(words.uncounted ?? "");
}

/** @param {string} text */
function say(text) {
  const p = document.getElementById("typing");
  if (!p) return;
  p.hidden = false;
  p.textContent = text;
}

/** @param {string} text @param {boolean} [signIn] */
function failed(text, signIn) {
  const field = /** @type {HTMLTextAreaElement|null} */ (form?.querySelector("textarea"));
  if (!field || !form) return;
  let p = form.querySelector(".err");
  if (!p) {
    p = document.createElement("p");
    p.className = "err";
    p.id = "reply-err";
    p.setAttribute("role", "alert");
    field.before(p);
  }
  p.textContent = text;
  if (signIn && words.signIn) {
    const a = document.createElement("a");
    a.href = words.signIn;
    a.target = "_blank";
    a.textContent = words.signInLabel ?? "";
    p.append(" ", a);
  }
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

/** Says everything that is wrong with the text, and offers the tick if that is
 * all that is missing.
 * @param {{detail?: string, errors?: {field: string, detail: string}[]}} problem */
function refused(problem) {
  const wrong = problem.errors ?? [];
  const tick = wrong.find((x) => x.field === "leaks_seen");
  offer(tick?.detail ?? "");
  failed(wrong.filter((x) => x !== tick).map((x) => x.detail).join(" ") || problem.detail || words.failed || "");
}

/** @param {string} label of the tick; empty: there is nothing to tick */
function offer(label) {
  form?.querySelector("#leaks_seen")?.closest(".field")?.remove();
  if (!label || !form) return;
  const box = document.createElement("input");
  Object.assign(box, { id: "leaks_seen", name: "leaks_seen", type: "checkbox", value: "yes" });
  const said = document.createElement("span");
  said.textContent = label;
  const choice = document.createElement("label");
  choice.className = "choice";
  choice.append(box, said);
  const field = document.createElement("div");
  field.className = "field bad";
  field.append(choice);
  form.querySelector("button:not([type=button])")?.closest(".row")?.before(field);
}

/** @param {SubmitEvent} e */
async function post(e) {
  if (!form || e.defaultPrevented) return;
  e.preventDefault();
  const button = /** @type {HTMLButtonElement|null} */ (form.querySelector("button"));
  if (button) button.disabled = true;
  try {
    const body = new URLSearchParams();
    for (const [k, v] of new FormData(form)) body.append(k, String(v));
    const res = await fetch(form.action, { method: "POST", headers: { "X-Part": "1" }, body });
    if (res.status === 201) { await posted(await res.json()); return; }
    const problem = await res.json().catch(() => ({}));
    if (res.status === 401 || (res.status === 403 && problem.code === "common.foreign_form")) failed(words.expired ?? "", true);
    else if (res.status < 500) refused(problem);
    else failed(words.failed ?? "");
  } catch {
    failed(words.failed ?? ""); // the line is cut: same text, same key, next try
  } finally {
    if (button) button.disabled = false;
    form.dispatchEvent(new CustomEvent("settled"));
  }
}

/** @param {{reply: number, position: number, state: string}} r */
async function posted(r) {
  if (!form) return;
  own.add(String(r.reply));
  form.querySelector(".err")?.remove();
  offer("");
  const field = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  field.value = "";
  field.removeAttribute("aria-invalid");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  form.dispatchEvent(new CustomEvent("taken", { bubbles: true }));
  /** @type {HTMLInputElement} */ (form.elements.namedItem("once")).value = newKey();
  if (r.state === "waiting") { say(words.waiting ?? ""); return; }
  if (list?.dataset.last !== "true") { location.href = `${prefix()}/replies/${r.reply}`; return; }
  const early = waiting.get(String(r.reply)) ?? shown(String(r.reply));
  if (early && waiting.has(String(r.reply))) { reveal(); return; }
  if (early) return;
  const html = await fetchFragment(r.reply);
  if (html) place(html, { reply: r.reply, ver: 1, position: r.position, at: new Date().toISOString(), fresh: true });
}

if (list?.dataset.live) {
  subscribe(list.dataset.live, { seq: Number(list.dataset.seq), epoch: list.dataset.epoch ?? "", onEvent, onReset, onState, onEph });
  let last = 0;
  form?.querySelector("textarea")?.addEventListener("input", (e) => {
    if (Date.now() - last < 4000 || !(/** @type {HTMLTextAreaElement} */ (e.target).value)) return;
    last = Date.now();
    typing(list.dataset.live ?? "");
  });
}
form?.addEventListener("submit", post);
document.addEventListener("click", (e) => {
  const b = /** @type {HTMLElement} */ (e.target).closest?.("button[data-vote]");
  if (!b || e.defaultPrevented) return;
  e.preventDefault();
  vote(/** @type {HTMLButtonElement} */ (b));
});
