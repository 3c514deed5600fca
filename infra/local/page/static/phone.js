// The right side: the phone of one of the people.

import { ApiError, get, post } from "/static/api.js";
import { bubble, renewed, withDays } from "/static/bubbles.js";
import { byId, el, icon } from "/static/dom.js";
import { beginEmojis } from "/static/emojis.js";
import * as people from "/static/people.js";
import { onLanguage, t } from "/static/texts.js";

const MOST_ROWS_PX = 132;

let owner = null; // the number whose phone is shown, without blanks
let chats = new Map(); // number → what its phone shows
let seen = new Map(); // number → how many messages the person has seen
let pending = []; // what was sent and has not come back yet
let opened = null; // whose phone lies open, as the server knows it
let typingTimer = 0;

export function begin(about) {
  byId("business").textContent = about.business;
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  byId("text").addEventListener("keydown", onKey);
  byId("text").addEventListener("input", grow);
  beginEmojis(grow);
  people.onPeople(drawOwners);
  document.addEventListener("visibilitychange", look);
  onLanguage(() => {
    drawTries();
    drawOwners();
    draw(true);
  });
}

/** Something changed on some phone: look at all of them. */
export async function refresh() {
  await Promise.all(numbers().map(load));
  drawOwners();
  draw();
}

const numbers = () => people.all().map((one) => people.plain(one.number)).filter((n) => n.length > 7);

async function load(number) {
  try {
    chats.set(number, await get(`/phones/${encodeURIComponent(number)}`));
  } catch {
    chats.delete(number); // not a number yet, or the simulator is away
  }
}

function drawOwners() {
  const known = numbers();
  if (!known.includes(owner)) choose(known[0] ?? null);
  const place = byId("owners");
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.number : null;
  place.replaceChildren(...known.map(ownerButton));
  if (focused) place.querySelector(`[data-number="${focused}"]`)?.focus();
}

function ownerButton(number) {
  const unread = number === owner ? 0 : unseen(number);
  const badge = unread
    ? el("span", { class: "badge", "aria-label": t("phone.unread", { count: unread }) }, String(unread))
    : null;
  return el(
    "button",
    {
      type: "button", "data-number": number, "aria-pressed": String(number === owner),
      onclick: () => choose(number),
    },
    people.nameOf(number), badge,
  );
}

const unseen = (number) => theirs(number).length - (seen.get(number) ?? 0);
const theirs = (number) => (chats.get(number)?.messages ?? []).filter((message) => !message.mine);

function choose(number) {
  if (number === owner) return;
  owner = number;
  drawOwners();
  draw(true);
  look();
  if (owner && !chats.has(owner)) refresh();
}

/** Tell whose phone is looked at now: only then are messages read. */
async function look() {
  const now = document.visibilityState === "visible" ? owner : null;
  if (now === opened) return;
  const before = opened;
  opened = now;
  if (before) await post(`/phones/${encodeURIComponent(before)}/look`, { open: false }).catch(() => {});
  if (now) await post(`/phones/${encodeURIComponent(now)}/look`, { open: true }).catch(() => {});
}

function draw(anew = false) {
  const chat = chats.get(owner);
  const log = byId("chat");
  const messages = shownMessages(chat);
  seen.set(owner, theirs(owner).length);
  if (anew) renew(log);
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const grew = place(log, messages);
  drawPresence(chat, messages);
  if (anew || (grew && (atEnd || messages.at(-1)?.mine))) log.scrollTop = log.scrollHeight;
}

/** What stood on a phone before one looked at it is not news to be read out. */
function renew(log) {
  log.setAttribute("aria-live", "off");
  log.replaceChildren();
  setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
}

function shownMessages(chat) {
  const known = new Set((chat?.messages ?? []).map((message) => message.sid));
  pending = pending.filter((message) => !known.has(message.sid));
  const echoes = pending.filter((message) => message.to === owner && !arrived(message, chat));
  return [...(chat?.messages ?? []), ...echoes];
}

/** The news of a message may be faster than the answer to sending it. */
const arrived = (echo, chat) =>
  chat?.messages.some((one) => one.mine && one.text === echo.text && one.at > echo.at - 0.2);

/** New bubbles are added and old ones changed in place, so that only what is new is read out. */
function place(log, messages) {
  if (!messages.length) {
    log.replaceChildren(el("p", { class: "hello" }, t("phone.empty")));
    return true;
  }
  log.querySelector(".hello")?.remove();
  const drawn = new Map([...log.querySelectorAll("[data-sid]")].map((node) => [node.dataset.sid, node]));
  let grew = false;
  let last = null;
  for (const item of withDays(messages)) {
    let node = drawn.get(item.sid);
    drawn.delete(item.sid);
    if (!node) {
      node = item.day ? el("p", { class: "day", "data-sid": item.sid }, item.day) : bubble(item);
      grew = true;
    } else if (!item.day) {
      node = renewed(node, item);
    }
    const next = last ? last.nextElementSibling : log.firstElementChild;
    if (next !== node) log.insertBefore(node, next);
    last = node;
  }
  for (const gone of drawn.values()) gone.remove();
  return grew;
}

function drawPresence(chat, messages) {
  const left = (chat?.typing_until ?? 0) * 1000 - Date.now();
  const typing = left > 0 && Boolean(messages.at(-1)?.mine);
  const presence = byId("presence");
  const text = t(typing ? "phone.typing" : "phone.online");
  if (presence.textContent !== text) presence.textContent = text;
  presence.classList.toggle("typing", typing);
  drawTyping(typing);
  const window_ = byId("window");
  const state = chat?.window_open ? "open" : "closed";
  window_.dataset.state = state;
  window_.textContent = t(`phone.window.${state}.short`);
  window_.title = t(`phone.window.${state}`);
  clearTimeout(typingTimer);
  if (typing) typingTimer = setTimeout(draw, left + 50);
}

function drawTyping(typing) {
  const log = byId("chat");
  const dots = log.querySelector(".dots");
  if (!typing) return dots?.remove();
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  log.append(dots ?? el("div", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")));
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function drawTries() {
  const text = (key) => button(t(key), null, () => send({ kind: "text", text: t(key) }));
  const kind = (name, symbol) => button(t(`try.${name}`), symbol, () => send({ kind: name }));
  byId("tries").replaceChildren(
    text("try.memory"), kind("picture", "picture"), kind("location", "pin"), text("try.stop"), text("try.back"),
  );
}

function button(label, symbol, onclick) {
  return el("button", { type: "button", onclick }, ...[symbol && icon(symbol), label].filter(Boolean));
}

function onKey(event) {
  // While an input method composes, Enter only ends the word.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
}

function grow() {
  const text = byId("text");
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, MOST_ROWS_PX)}px`;
}

async function send(given) {
  const input = byId("text");
  const saying = given ?? { kind: "text", text: input.value };
  if (!owner || (saying.kind === "text" && !saying.text.trim())) return;
  if (!given) {
    input.value = "";
    grow();
  }
  problem("");
  const mine = echo(saying);
  draw();
  try {
    const name = people.nameOf(owner);
    const said = await post(`/phones/${encodeURIComponent(owner)}/say`, { ...saying, name });
    mine.sid = said.sid;
    mine.ticks = "one";
    byId("chat").querySelector(`[data-sid="${mine.local}"]`)?.setAttribute("data-sid", said.sid);
    draw();
  } catch (error) {
    pending = pending.filter((message) => message !== mine);
    if (!given) input.value = saying.text;
    draw();
    problem(error instanceof ApiError ? error.text : t("error.other"));
  }
}

/** The bubble is there at once, with a clock; the server's takes its place. */
function echo(saying) {
  const local = `local-${crypto.randomUUID()}`;
  const kinds = { picture: "image", location: "location", text: "text" };
  const message = {
    sid: local, local, to: owner, mine: true, kind: kinds[saying.kind], text: saying.text ?? "",
    label: "", address: "", at: Date.now() / 1000, ticks: "clock", template: false,
  };
  pending.push(message);
  return message;
}

function problem(text) {
  byId("phone-problem").textContent = text;
  byId("phone-problem").hidden = !text;
}
