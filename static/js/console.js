// The desk of a clinic: a new question appears by itself.
import { subscribe } from "./live.js";
import { fragment } from "./fragment.js";

const desk = document.getElementById("desk");
const bar = document.getElementById("state");
const news = document.getElementById("news");

async function refresh() {
  const res = await fetch(location.pathname, { headers: { "X-Part": "1" } });
  if (res.ok && desk) desk.replaceChildren(fragment(await res.text()));
}

if (desk?.dataset.live) {
  subscribe(desk.dataset.live, {
    seq: Number(desk.dataset.seq),
    epoch: desk.dataset.epoch ?? "",
    async onEvent(ev) {
      await refresh();
      if (news && ev.type === "question.new") news.textContent = desk.dataset.new ?? "";
    },
    async onReset() { await refresh(); return undefined; },
    onState(s) {
      if (!bar) return;
      bar.hidden = false;
      bar.dataset.is = s;
      const at = bar.querySelector("[data-state]");
      if (at) at.textContent = (s === "ended" || s === "refused" ? desk.dataset.ended : s === "reconnecting" ? desk.dataset.waiting : desk.dataset.connected) ?? "";
    },
    onEph() {},
  });
}
