// Times in the reader's own words, lists that keep themselves fresh, and keys.
"use strict";

const language = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "narrow" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

const span = (seconds) => {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) || UNITS[3];
  return relative.format(Math.round(seconds / size), unit);
};

const left = (seconds) => {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;
};

const FORMATS = {
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { weekday: "long", day: "numeric", month: "long" },
  full: { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
};

function tellTimes(root = document) {
  for (const time of root.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    const seconds = (at - Date.now()) / 1000;
    if ("age" in time.dataset) time.textContent = span(Math.min(0, seconds));
    else if ("left" in time.dataset) {
      time.textContent = left(seconds);
      time.toggleAttribute("data-soon", seconds < 3600);
    } else for (const name of Object.keys(FORMATS))
      if (name in time.dataset) time.textContent = at.toLocaleString(language, FORMATS[name]);
    time.title = at.toLocaleString(language);
  }
}

// Fresh: the part of a page that changes is asked for with the version that is here.

const EVERY_MS = 2500;
const asked = new WeakMap();

function due(part) {
  if (part.querySelector(".confirm[open]")) return false; // nothing moves under somebody's hand
  const every = Number(part.dataset.every || 0) * 1000;
  const now = Date.now();
  if (every && now - (asked.get(part) || 0) < every) return false;
  asked.set(part, now);
  return true;
}

async function refresh(part) {
  const query = "first" in part.dataset || part.dataset.live !== location.pathname ? "" : location.search;
  const headers = { "X-Hilo-Part": "1", "X-Hilo-Version": part.dataset.version };
  const answer = await fetch(part.dataset.live + query, { headers, credentials: "same-origin" });
  if (answer.status === 401) return location.reload();
  if (answer.status !== 200) return undefined;
  const text = await answer.text();
  const chat = part.querySelector("[data-chat]");
  const places = [...part.querySelectorAll("[tabindex='0']")].map((box) => box.scrollTop);
  const atEnd = chat && chat.scrollHeight - chat.scrollTop - chat.clientHeight < 40;
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const every = part.dataset.every;
  const holder = document.createElement("template");
  holder.innerHTML = text; // ours, escaped by the server; the policy forbids scripts in it
  const fresh = holder.content.firstElementChild;
  if (every) fresh.dataset.every = every;
  asked.set(fresh, Date.now());
  part.replaceWith(fresh);
  htmx.process(fresh);
  tellTimes(fresh);
  fresh.querySelectorAll("[tabindex='0']").forEach((box, i) => { box.scrollTop = places[i] || 0; });
  const now = fresh.querySelector("[data-chat]");
  if (now && atEnd) now.scrollTop = now.scrollHeight;
  if (focused) fresh.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  return undefined;
}

let busy = false;
async function look() {
  if (busy || document.visibilityState !== "visible") return;
  busy = true;
  const lost = document.querySelector("[data-lost]");
  try {
    const older = new URLSearchParams(location.search);
    const parts = [...document.querySelectorAll(".live")];
    if (!older.has("before") && !older.has("cursor") && !document.querySelector(".appended"))
      for (const part of parts.filter(due)) await refresh(part);
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  } finally {
    busy = false;
  }
}

// Keys.

const rows = () => [...document.querySelectorAll("[data-row]")];
const move = (by) => {
  const all = rows();
  const at = all.indexOf(document.activeElement);
  all[Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
};
const PAGES = ["/panel", "/panel/conversations", "/panel/sockets", "/panel/notices", "/panel/dead-letters", "/panel/health"];

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => {
    const search = document.querySelector("[data-search]");
    if (search) search.focus(); else location.assign("/panel/conversations");
  },
  e: () => {
    const close = document.querySelector("[data-act='close']");
    if (close) { close.open = true; close.querySelector("button").focus(); }
  },
  "?": () => document.querySelector("#keys")?.showModal(),
  Escape: () => document.querySelector("[data-back]")?.click(),
};
PAGES.forEach((page, i) => { KEYS[i + 1] = () => location.assign(page); });

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog[open]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) {
    if (event.key === "Escape" && typing) event.target.blur();
    return;
  }
  event.preventDefault();
  KEYS[event.key]();
});

// More of a list, below it.

document.addEventListener("click", async (event) => {
  const next = event.target.closest("[data-next]");
  if (!next || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const answer = await fetch(next.href, { headers: { "X-Hilo-Part": "1" }, credentials: "same-origin" });
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text(); // as above
  const list = document.querySelector("ol[data-list]") ;
  const more = [...holder.content.querySelectorAll("ol[data-list] > li")];
  if (!list) return location.assign(next.href);
  list.append(...more);
  list.classList.add("appended");
  tellTimes(list);
  const after = holder.content.querySelector("[data-next]");
  if (after) next.href = after.getAttribute("href"); else next.closest(".more").remove();
  more[0]?.querySelector("[data-row]")?.focus();
  return undefined;
});

document.querySelectorAll("[data-keys]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", KEYS["?"]);
});
const told = document.querySelector("[data-told]");
if (told) history.replaceState(null, "", location.pathname);
tellTimes();
const chat = document.querySelector("[data-chat]");
if (chat) chat.scrollTop = chat.scrollHeight;
if (document.querySelector(".live")) { setInterval(look, EVERY_MS); look(); }
setInterval(tellTimes, 1000);
