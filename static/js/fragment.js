// The one door through which text from the server becomes elements: the Trusted
// Types policy "caravan-fragment". No other script may touch innerHTML and its
// kin; the browser enforces it (require-trusted-types-for 'script').

/** What a fragment of ours never contains, should the server ever be wrong. */
const never = "script, style, link, meta, base, iframe, object, embed, frame";

/** @type {{createHTML(html: string): any}} */
const policy = /** @type {any} */ (self).trustedTypes?.createPolicy("caravan-fragment", { createHTML: (/** @type {string} */ html) => html }) ?? { createHTML: (html) => html };

/** Parses HTML that our server has made. Nothing in it is loaded or run: it is
 * parsed into a document of its own, and handlers in attributes are taken out.
 * @param {string} html
 * @returns {DocumentFragment} */
export function fragment(html) {
  const t = document.createElement("template");
  t.innerHTML = policy.createHTML(html);
  for (const el of t.content.querySelectorAll(never)) el.remove();
  for (const el of t.content.querySelectorAll("*")) {
    for (const name of el.getAttributeNames()) if (name.startsWith("on")) el.removeAttribute(name);
  }
  return t.content;
}
