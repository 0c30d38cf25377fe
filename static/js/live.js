// Live news for a page: one socket a tab, every event of every channel exactly
// once and in order, whatever happens to the line.
//
//   import { subscribe, typing } from "./live.js";
//   const s = subscribe("question:42", { seq: 981, epoch: "9fe2", onEvent, onReset, onState, onEph });
//   s.close();
//   typing("question:42");          // while somebody types; sent every 4 s at most
//
// seq and epoch are what the page was rendered with (data-seq, data-epoch); seq
// below 0 means "from now on".
//
//   onEvent(ev)   ev = {seq, type, ref, ver, at, d}. One after the other, in order;
//                 a promise is waited for. If it fails the event comes again, three
//                 times at most. After a failure or a reset an event may be one that
//                 the page shows already: replace by id and version (ver).
//                 Without d.html the page fetches the fragment itself.
//   onReset(seq, why)   too much was missed: fetch what is shown, and return
//                 {seq, epoch} of what was fetched, or nothing to go on from seq.
//   onState(s)    "connected" | "reconnecting" (only after 5 s without a line) |
//                 "ended" (the session is over: load the page again) |
//                 "refused" (no right to this channel, or no longer)
//   onEph(e)      e = {type: "typing", d: {role, label?, ttl}} or
//                 {type: "presence", d: {readers, few?, staff: []}}
//
// If sockets do not get through (proxies of hospitals and hotels), or the person
// has too many, the same news come by long poll; in the first case a socket is
// tried again every two minutes.

/** @typedef {{seq: number, type: string, ref: number, ver: number, at: string, d?: any}} Event */
/** @typedef {{seq?: number, epoch?: string, onEvent(ev: Event): any, onReset?(seq: number, why: string): any,
 *   onState?(s: string): void, onEph?(e: {type: string, d: any}): void}} Handlers */

/** A part of the page that listens to a channel.
 * @typedef {object} Sub
 * @property {number} id
 * @property {string} ch
 * @property {Handlers} on
 * @property {number} seq     applied by the page
 * @property {number} seen    received without a hole; events in between wait for the page
 * @property {string} epoch
 * @property {Promise<void>} work  what the page is doing
 * @property {number} turn    raised when what waits is out of date
 * @property {number} fails   of the event after seq
 * @property {boolean} asking a sub is on its way
 * @property {string} said    last state told
 * @property {AbortController} [poll] */

/** @type {Map<number, Sub>} */
const subs = new Map();
const tab = Math.random().toString(36).slice(2, 8);
const POLL_AFTER = 4; // sockets that failed before their welcome
const HIDDEN = 5 * 60e3;

/** @type {WebSocket|undefined} */
let ws;
let welcome = false; // the socket has answered hello
let epoch = ""; // as it said then
let failures = 0; // sockets in a row without a welcome
let tries = 0; // reconnects in a row
let next = 1;
let heard = 0; // when the server last said something
let silence = 40e3; // after which it counts as gone
let retry = 0; // when the server said to come back, ms
let polling = false;
let over = false; // the session ended
let barred = false; // no socket for this page any more: too many, or another protocol
let away = false; // the page is hidden for long, or in the back-forward cache
/** @type {Record<string, ReturnType<typeof setTimeout>|undefined>} */
const timers = {};

/** Runs f once after a time, in place of what was planned under that name.
 * @param {string} name @param {number} ms @param {() => void} [f] */
function after(name, ms, f) {
  clearTimeout(timers[name]);
  timers[name] = f && setTimeout(() => { timers[name] = undefined; f(); }, ms);
}

const random = (/** @type {number} */ max) => Math.random() * max;

/** @param {Sub} s @param {string} state */
function tell(s, state) {
  if (s.said === state) return;
  s.said = state;
  s.on.onState?.(state);
}

/** @param {string} state */
const tellAll = (state) => subs.forEach((s) => tell(s, state));

/** @param {object} m */
function send(m) {
  if (welcome && ws?.readyState === 1) ws.send(JSON.stringify(m));
}

// --- the socket ---

function connect() {
  after("connect", 0);
  if (ws || over || barred || away || subs.size === 0) return;
  const mine = (ws = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`, "caravan.v1"));
  heard = Date.now();
  mine.onopen = () => mine.send(JSON.stringify({ t: "hello", tab, build: document.documentElement.dataset.build ?? "", lang: document.documentElement.lang }));
  mine.onmessage = (e) => {
    if (mine !== ws) return;
    heard = Date.now();
    for (const line of e.data.split("\n")) take(JSON.parse(line));
  };
  mine.onclose = (e) => { if (mine === ws) lost(e.code); };
  after("watch", 10e3, watch);
}

/** Finds out that the line is dead although nobody said so. */
function watch() {
  if (!ws) return;
  if (Date.now() - heard > (welcome ? silence : 10e3)) drop(1006);
  else after("watch", 5e3, watch);
}

/** Gives the socket up without waiting for its closing handshake.
 * @param {number} code */
function drop(code) {
  const old = ws;
  if (!old) return;
  old.onclose = old.onmessage = null;
  old.close();
  lost(code);
}

/** @param {number} code */
function lost(code) {
  const had = welcome;
  ws = undefined;
  welcome = false;
  subs.forEach((s) => { s.asking = false; });
  after("steady", 0);
  if (code === 4401) { end(); return; }
  if (away || subs.size === 0) return;
  if (!had && navigator.onLine !== false) failures++;
  if (!timers.banner) after("banner", 5e3, () => { if (!polling) tellAll("reconnecting"); });
  let wait = random(Math.min(5e3, 500 * 2 ** tries++));
  if (code === 4008) wait = random(200);
  if (code === 4029) wait = 30e3 + random(5e3);
  if (retry) wait = retry;
  retry = 0;
  barred = code >= 4400 && code !== 4408; // final for sockets, but not for the page
  if (barred || failures >= POLL_AFTER) {
    startPolls();
    wait = 120e3 + random(10e3);
  }
  after("connect", wait, connect);
}

function end() {
  over = true;
  stopPolls();
  Object.keys(timers).forEach((name) => after(name, 0));
  tellAll("ended");
}

/** @param {any} m */
function take(m) {
  const s = [...subs.values()].find((x) => x.id === m.id && x.ch === m.ch);
  switch (m.t) {
    case "welcome":
      welcome = true;
      epoch = m.epoch;
      failures = 0;
      silence = (m.ping_s + 15) * 1e3;
      stopPolls();
      subs.forEach(ask);
      return;
    case "ping":
      send({ t: "pong" });
      return;
    case "bye":
      retry = m.retry_ms || 1;
      return;
    case "ev":
      subs.forEach((x) => { if (x.ch === m.ch) event(x, m); });
      return;
    case "eph":
      subs.forEach((x) => { if (x.ch === m.ch) x.on.onEph?.({ type: m.type, d: m.d }); });
      return;
    case "unsubbed":
      subs.forEach((x) => { if (x.ch === m.ch) refused(x); });
      return;
    default:
      if (s) answer(s, m);
  }
}

/** Asks for everything after what the page has. If two parts of a page listen to
 * one channel, the one that asks last has the server's ear; the other sees a hole
 * if it missed something, and asks in its turn.
 * @param {Sub} s */
function ask(s) {
  if (!welcome) return;
  s.asking = true;
  s.turn++;
  s.seen = s.seq;
  send({ t: "sub", id: s.id, ch: s.ch, since: s.seq < 0 ? undefined : s.seq, epoch: s.epoch });
}

// --- what arrives, by socket or by poll ---

/** @param {Sub} s @param {any} m */
function answer(s, m) {
  s.asking = false;
  if (m.t === "sub_err") {
    if (m.code === "forbidden" || m.code === "not_found") refused(s);
    else after(`ask${s.id}`, 5e3 + random(5e3), () => ask(s));
    return;
  }
  if (m.t === "sub_ok") {
    if (s.seq < 0) s.seq = s.seen = m.seq;
    s.epoch ||= epoch;
    for (const ev of m.events) event(s, ev);
  }
  if (m.t === "sub_reset") {
    s.seen = m.seq;
    const turn = ++s.turn;
    perform(s, turn, async () => {
      const now = s.seq < 0 ? undefined : await s.on.onReset?.(m.seq, m.why);
      s.seq = now?.seq ?? m.seq;
      s.epoch = now?.epoch ?? m.epoch;
    });
  }
  after("banner", 0);
  after("steady", 2e3, () => { tries = 0; });
  tell(s, "connected");
}

/** @param {Sub} s @param {Event} ev */
function event(s, ev) {
  if (s.asking || ev.seq <= s.seen) return;
  if (ev.seq > s.seen + 1) { ask(s); return; } // a hole: the server has it
  s.seen = ev.seq;
  perform(s, s.turn, async () => {
    if (ev.seq <= s.seq) return; // came with a reset
    await s.on.onEvent(ev);
    s.seq = ev.seq;
  }, ev.seq);
}

/** Lets the page do one thing after the other. What fails is asked for again.
 * @param {Sub} s @param {number} turn @param {() => Promise<void>} f @param {number} [seq] of an event */
function perform(s, turn, f, seq) {
  s.work = s.work.then(async () => {
    if (turn !== s.turn || !subs.has(s.id)) return;
    try {
      await f();
      s.fails = 0;
    } catch (e) {
      s.turn++;
      if (++s.fails >= 3 && seq) { s.seq = seq; s.fails = 0; console.warn("live: an event could not be shown", e); }
      s.seen = s.seq;
      s.poll?.abort();
      s.poll = undefined;
      after(`ask${s.id}`, Math.min(30e3, 500 * 2 ** s.fails), () => (polling ? poll(s) : ask(s)));
    }
  });
}

/** @param {Sub} s */
function refused(s) {
  remove(s);
  tell(s, "refused");
}

/** @param {Sub} s */
function remove(s) {
  subs.delete(s.id);
  s.poll?.abort();
  after(`ask${s.id}`, 0);
}

// --- long poll ---

function startPolls() {
  if (polling || over) return;
  polling = true;
  subs.forEach((s) => poll(s));
}

function stopPolls() {
  polling = false;
  subs.forEach((s) => { s.poll?.abort(); s.poll = undefined; });
}

/** @param {Sub} s */
async function poll(s) {
  s.poll?.abort();
  const mine = (s.poll = new AbortController());
  const live = () => polling && s.poll === mine && subs.has(s.id);
  s.turn++;
  for (let fails = 0, first = true, cut = 0; live();) {
    s.seen = s.seq;
    const q = new URLSearchParams({ ch: s.ch, epoch: s.epoch, lang: document.documentElement.lang });
    if (s.seq >= 0) q.set("since", String(s.seq));
    if (first) q.set("wait", "0");
    let wait = random(Math.min(5e3, 500 * 2 ** fails));
    try {
      const res = await fetch(`/live/poll?${q}`, { signal: mine.signal });
      const m = await res.json().catch(() => ({}));
      if (!live()) return;
      if (res.status === 401) { end(); return; }
      if (res.status === 403 || res.status === 404) { refused(s); return; }
      if (res.ok) {
        answer(s, m);
        await s.work;
        if (cut) after("connect", random(5e3), connect); // the line is back: perhaps for sockets too
        first = false;
        fails = cut = 0;
        continue;
      }
      wait = m.retry_ms ?? Number(res.headers.get("Retry-After") ?? 2) * 1e3;
    } catch { /* the line is cut: again in a moment */ }
    if (!live()) return;
    fails++;
    cut ||= Date.now();
    if (Date.now() - cut > 5e3) tell(s, "reconnecting");
    first = true;
    await new Promise((r) => setTimeout(r, wait));
  }
}

// --- the page comes and goes ---

function leave() {
  away = true;
  stopPolls();
  drop(1000);
  after("connect", 0);
  after("banner", 0);
}

function resume() {
  after("hidden", 0);
  if (!away) return;
  away = false;
  tries = failures = 0;
  if (barred) startPolls();
  else connect();
}

addEventListener("pagehide", leave);
addEventListener("pageshow", (e) => { if (e.persisted) resume(); });
addEventListener("online", () => { if (!ws && !over) { failures = 0; after("connect", random(1e3), connect); } });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) after("hidden", HIDDEN, leave);
  else resume();
});

// --- for the page ---

/** Listens to a channel until close is called.
 * @param {string|undefined} channel @param {Handlers} handlers @returns {{close(): void}} */
export function subscribe(channel, handlers) {
  const seq = handlers.seq ?? -1;
  /** @type {Sub} */
  const s = { id: next++, ch: channel ?? "", on: handlers, seq, seen: seq, epoch: handlers.epoch ?? "", work: Promise.resolve(), turn: 0, fails: 0, asking: false, said: "" };
  subs.set(s.id, s);
  if (over) tell(s, "ended");
  else if (polling) poll(s);
  else if (welcome) ask(s);
  else connect();
  return {
    close() {
      if (!subs.has(s.id)) return;
      remove(s);
      if (![...subs.values()].some((x) => x.ch === s.ch)) send({ t: "unsub", ch: s.ch });
    },
  };
}

/** @type {Map<string, number>} */
const typed = new Map();

/** Says that somebody types, to those who read the same channel.
 * @param {string} channel */
export function typing(channel) {
  const now = Date.now();
  if (now - (typed.get(channel) ?? 0) < 4e3) return;
  typed.set(channel, now);
  send({ t: "typing", ch: channel });
}
