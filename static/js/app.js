// On every page: the switch between light and dark, the badge of unread news,
// times told from now, forms that lose nothing.
import { keepDrafts, guardForms } from "./form.js";

const root = document.documentElement;

/** Changes between light and dark. What the system prefers is not stored, so
 * that a later change of the system is followed. */
function switchTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  if (next === system) delete root.dataset.theme;
  else root.dataset.theme = next;
  try {
    if (next === system) localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
  } catch { /* holds for this page only */ }
}

/** Says times younger than a week from now, in words; older ones stay dates. */
function tellTimes() {
  const say = new Intl.RelativeTimeFormat(`${root.lang}-u-nu-latn`, { numeric: "auto" });
  for (const el of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-ago]"))) {
    const minutes = Math.round((Date.now() - Date.parse(el.dateTime)) / 60e3);
    if (!(minutes >= 0 && minutes < 7 * 1440)) continue;
    if (!el.title) el.title = el.textContent ?? "";
    el.textContent = minutes < 60 ? say.format(-minutes, "minute") : minutes < 1440 ? say.format(-Math.floor(minutes / 60), "hour") : say.format(-Math.floor(minutes / 1440), "day");
  }
}

/** @param {HTMLElement} news the link to the notifications */
async function watchNews(news) {
  const { subscribe } = await import("./live.js");
  subscribe(news.dataset.channel, {
    seq: -1, // from now on
    epoch: "",
    onEvent(ev) {
      const n = Number(ev.d?.unread ?? 0);
      let badge = news.querySelector(".unread");
      if (!badge) {
        badge = document.createElement("span");
        badge.className = "unread";
        news.append(badge);
      }
      badge.textContent = n > 0 ? (news.dataset.word ?? "{n}").replace("{n}", String(n)) : "";
    },
    async onReset() { return undefined; },
    onState() {},
    onEph() {},
  });
}

for (const b of document.querySelectorAll("button.theme")) b.addEventListener("click", switchTheme);
for (const el of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-module]"))) {
  if (/^[a-z-]+$/.test(el.dataset.module ?? "")) import(`./${el.dataset.module}.js`);
}
const news = document.getElementById("unread");
if (news?.dataset.channel) watchNews(news);
tellTimes();
document.getElementById("errors")?.focus();
keepDrafts();
guardForms();
