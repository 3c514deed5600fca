// What people read, in the language they chose: ?lang= wins and is remembered.

const REMEMBERED = "hilo.lang";
const LANGUAGES = ["es", "en"];
const listeners = [];
let texts = {};
let current = "es";

export const language = () => current;

/** The text of a key, with {names} filled in. `has` tells whether there is one. */
export function t(key, values = {}) {
  const text = texts[current]?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "").replace(/ \(\)/g, "");
}
export const has = (key) => key in (texts[current] ?? {});

/** Calls `listener` now and whenever the language changes. */
export function onLanguage(listener) {
  listeners.push(listener);
  listener();
}

export async function loadTexts() {
  texts = await (await fetch("/static/texts.json")).json();
  choose(new URLSearchParams(location.search).get("lang") ?? remembered());
  for (const button of document.querySelectorAll("[data-lang]")) {
    button.addEventListener("click", () => {
      const url = new URL(location.href);
      url.searchParams.set("lang", button.dataset.lang);
      history.replaceState(null, "", url);
      choose(button.dataset.lang);
    });
  }
}

/** 1,2 s or 350 ms, as the language writes it. */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = new Intl.NumberFormat(current, { maximumFractionDigits: ms < 10000 ? 2 : 1 });
  return `${seconds.format(ms / 1000)} s`;
}

/** The time of day of a moment in seconds. */
export function clock(seconds) {
  return new Intl.DateTimeFormat(current, { hour: "2-digit", minute: "2-digit", hour12: false })
    .format(seconds * 1000);
}

/** The day of a moment in seconds. */
export function date(seconds) {
  return new Intl.DateTimeFormat(current, { day: "numeric", month: "long" }).format(seconds * 1000);
}

function choose(wanted) {
  current = LANGUAGES.includes(wanted) ? wanted : "es";
  try {
    localStorage.setItem(REMEMBERED, current);
  } catch {
    // a browser that keeps nothing still shows the page
  }
  document.documentElement.lang = current;
  document.title = t("title");
  fill();
  for (const listener of listeners) listener();
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function fill() {
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) {
    node.setAttribute("aria-label", t(node.dataset.tLabel));
  }
  for (const node of document.querySelectorAll("[data-t-placeholder]")) {
    node.setAttribute("placeholder", t(node.dataset.tPlaceholder));
  }
  for (const button of document.querySelectorAll("[data-lang]")) {
    button.setAttribute("aria-pressed", String(button.dataset.lang === current));
  }
}
