// On every page: the switch between light and dark, the badge of unread news,
// forms that lose nothing.
import { keepDrafts, guardForms } from "./form.js";

const theme = /** @type {HTMLButtonElement|null} */ (document.getElementById("theme"));
if (theme) {
  const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = (isDark() ? theme.dataset.light : theme.dataset.dark) ?? ""; };
  theme.hidden = false;
  label();
  theme.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try { localStorage.setItem("theme", next); } catch { /* holds for this page only */ }
    label();
  });
}

const news = document.getElementById("unread");
if (news?.dataset.channel) {
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
        news.append(" ", badge);
      }
      badge.textContent = n > 0 ? (news.dataset.word ?? "{n}").replace("{n}", String(n)) : "";
    },
    async onReset() { return undefined; },
    onState() {},
    onEph() {},
  });
}

document.getElementById("errors")?.focus();
keepDrafts();
guardForms();
