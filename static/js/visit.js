// The page that a QR code leads to. The code stands behind the # of the
// address, which is sent to nobody. It is taken out of the address at once, so
// that it stays in no history, put into the form, and sent in its body. Who has
// to sign in first finds it again in this tab afterwards.
const form = /** @type {HTMLFormElement|null} */ (document.getElementById("try"));
const field = /** @type {HTMLInputElement|null} */ (form?.querySelector("[name=code]") ?? null);
const place = "visit code";

/** Runs f, which uses storage; does nothing where storage is closed to us.
 * @template T @param {() => T} f @returns {T|undefined} */
function stored(f) {
  try { return f(); } catch { return undefined; }
}

function start() {
  if (!form || !field) return;
  const code = decodeURIComponent(location.hash.slice(1));
  if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  if (code) stored(() => sessionStorage.setItem(place, code));
  const kept = code || (stored(() => sessionStorage.getItem(place)) ?? "");
  if (kept && !field.value) field.value = kept;
  form.addEventListener("submit", () => stored(() => sessionStorage.setItem(place, field.value)));
  // Only a code from a link goes by itself; one that was refused waits to be corrected.
  if (code && "go" in form.dataset) form.requestSubmit();
}

try { start(); } catch { /* a link that cannot be read: the form is there to type into */ }
addEventListener("hashchange", start);
