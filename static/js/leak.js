// While somebody writes: a hint below the field when the text holds something
// that says who they are or how to reach them. It is a help only: it sends
// nothing, stops nothing, and the server reads the text again.
//
// <textarea data-leaks …></textarea> and, in the same field or form, the part
// "leaks": <p data-leaks-hint hidden data-module="leak" data-email="…{what}…" …>,
// whose data- attributes are the sentences by class. "{what}" is what was seen.

const kinds = ["email", "iban", "card", "handle", "link", "exact_date", "phone"]; // the more telling first

/** @param {string} s all figures as 0-9, wide letters as plain ones */
const plain = (s) => s.normalize("NFKC").replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (d) => String(d.charCodeAt(0) & 15));

/** @param {string} s */
const figures = (s) => s.replace(/\D/g, "");

/** @param {string} s an account number, words behind it or not @returns {string}
 * the part of s whose remainder is 1, as it has to be */
function isAccount(s) {
  for (let t = s; t.length > 14; t = t.replace(/[ -]?[^ -]+$/, "")) {
    const bare = t.replace(/[ -]/g, "");
    let n = 0;
    for (const c of bare.slice(4) + bare.slice(0, 4)) {
      const v = parseInt(c, 36);
      n = (n * (v > 9 ? 100 : 10) + v) % 97;
    }
    if (n === 1) return t;
  }
  return "";
}

/** @param {string} s a card number; the check of Luhn */
function isCard(s) {
  let sum = 0;
  [...figures(s)].reverse().forEach((c, i) => { const d = Number(c) * (1 + (i % 2)); sum += d > 9 ? d - 9 : d; });
  return sum % 10 === 0;
}

/** @param {string} s like a telephone number, and neither years nor an amount */
function isPhone(s) {
  const n = figures(s).length;
  return n >= 9 && n <= 15 && (/^(\+|0|\()/.test(s) || n >= 10) && !/^\d{1,3}([. ]\d{3})+$/.test(s) && !/^(19|20)\d\d\D+(19|20)\d\d/.test(s);
}

/** The names of the months, in the language of the page and in English. */
const months = [document.documentElement.lang || "en", "en"].flatMap((lang) =>
  [...Array(12).keys()].map((m) => new Intl.DateTimeFormat(lang, { month: "long", day: "numeric" })
    .formatToParts(new Date(2026, m, 9)).find((p) => p.type === "month")?.value ?? "")).filter((m) => m.length > 2).join("|");

/** @type {Record<string, [RegExp, ((s: string) => string | boolean)?]>} */
const rules = {
  email: [/(?<![\p{L}\d._%+-])[\p{L}\d._%+-]{1,64} ?(?:@|[([{] ?(?:at|@|arroba|arobase|собака|آت) ?[)\]}]) ?[\p{L}\d-]{1,63} ?(?:\.|[([{]? ?(?:dot|punkt|point|punto|nokta|точка|نقطة) ?[)\]}]?) ?\p{L}{2,20}/giu],
  iban: [/\b[a-z]{2}\d{2}(?:[ -]?[a-z\d]){11,30}\b/gi, isAccount],
  card: [/\b[2-6]\d{3}(?:[ -]?\d){9,15}\b/g, isCard],
  handle: [/(?<![\p{L}\d])@[a-z\d][\w.]{2,}|\b(?:t\.me|wa\.me|instagram\.com|facebook\.com)\/[\w.@-]+/giu],
  link: [/\b(?:https?:\/\/|www\.)[^\s<>"]{4,}|(?<![a-z\d-])[a-z\d-]{2,63}\.(?:com|net|org|info)\b/gi],
  exact_date: [new RegExp(`\\b\\d{1,2}[./-]\\d{1,2}[./-](?:20)?\\d{2}\\b|\\b20\\d{2}-\\d{1,2}-\\d{1,2}\\b|\\d{1,2}月\\d{1,2}[日号]|(?<!\\d)\\d{1,2}(?:\\.|st|nd|rd|th)? (?:of |de )?(?:${months})(?!\\p{L})|(?<!\\p{L})(?:${months}) \\d{1,2}(?!\\d)`, "giu")],
  phone: [/(?<![\d.,])[+(]?\d(?:[ ().\/-]{0,2}\d){7,14}(?!\d)/g, isPhone],
};

/** @param {string} text @returns {[string, string][]} class and place of the first of each class */
export function look(text) {
  let s = plain(text);
  /** @type {[string, string][]} */
  const seen = [];
  for (const kind of kinds) {
    const [shape, check] = rules[kind];
    s = s.replace(shape, (m) => {
      const is = check ? check(m) : true;
      if (!is) return m;
      if (!seen.some(([k]) => k === kind)) seen.push([kind, is === true ? m : is]);
      return "\n";
    });
  }
  return seen;
}

/** @param {HTMLTextAreaElement} field */
function tell(field) {
  const hint = /** @type {HTMLElement|null|undefined} */ ((field.closest(".field") ?? field.form)?.querySelector("[data-leaks-hint]") ?? field.form?.querySelector("[data-leaks-hint]"));
  if (!hint) return;
  const said = look(field.value).map(([kind, what]) => hint.getAttribute(`data-${kind}`)?.replace("{what}", () => what)).filter(Boolean).join(" ");
  if (hint.textContent !== said) hint.textContent = said;
  hint.hidden = said === "";
}

/** @type {WeakMap<EventTarget, ReturnType<typeof setTimeout>>} */
const timers = new WeakMap();
document.addEventListener("input", (e) => {
  const field = /** @type {HTMLTextAreaElement} */ (e.target);
  if (!field.matches?.("textarea[data-leaks]")) return;
  clearTimeout(timers.get(field));
  timers.set(field, setTimeout(tell, 500, field));
});
