// While a title is typed: what is there already with one like it, below the title.
import { fragment } from "./fragment.js";

const title = /** @type {HTMLInputElement|null} */ (document.querySelector("input[name=title]"));
const place = document.getElementById("similar");
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;
/** @type {AbortController|undefined} */
let running;

async function look() {
  if (!title || !place?.dataset.path) return;
  running?.abort();
  running = new AbortController();
  try {
    const res = await fetch(`${place.dataset.path}?title=${encodeURIComponent(title.value)}`, { headers: { "X-Part": "1" }, signal: running.signal });
    if (res.ok) place.replaceChildren(fragment(await res.text()));
  } catch (e) {
    if (/** @type {Error} */ (e).name !== "AbortError") place.replaceChildren(); // a help, not a need
  }
}

title?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, 250);
});
