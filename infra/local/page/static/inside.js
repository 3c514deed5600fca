// Below: what happens inside, drawn from the events that Hilo's processes tell.

import { byId, el, icon } from "/static/dom.js";
import * as people from "/static/people.js";
import { duration, has, onLanguage, t } from "/static/texts.js";

// In the order of reading; the stylesheet puts them into the picture.
const PARTS = {
  twilio: "chat", webhook: "lambda", inbox: "bell", connector: "plug", agent: "agent",
  sender: "lambda", outbox: "bell", status: "lambda", table: "table", monitor: "eye",
};
const LIT_MS = 1400;
const OPEN = matchMedia("(max-width: 620px)").matches ? 1 : 2;
const GAP_MS = 130;
const LONGEST_QUEUE = 24;
const TROUBLE = /refused|failed|lost|malformed|unanswered|given_up|fenced|expired|postponed|unsure|misconfigured|slow|defect|duplicate/;
const TOLD = [
  "message_key", "turn", "call_id", "session", "sid", "tool", "latency_ms", "retry_after_s", "code", "error", "shard", "count",
];
const ENDS = ["reply_sent", "delivery_updated"];

const stories = new Map(); // key → the story as it was told
const drawn = new Map(); // key → its node
let lights = []; // parts that will light up, one after the other
let glowing = 0;
let first = true;

export function begin() {
  onLanguage(() => {
    drawDiagram();
    for (const story of stories.values()) redraw(story);
  });
  people.onPeople(() => {
    for (const story of stories.values()) drawTitle(story);
  });
}

/** Stories that changed, and the keys of those that are no more. */
export function tell({ stories: changed, gone }) {
  for (const key of gone) forget(key);
  for (const story of changed) {
    const before = stories.get(story.key)?.steps.length ?? 0;
    stories.set(story.key, story);
    redraw(story);
    if (!first) story.steps.slice(before).forEach((step) => lights.push(step.parts));
  }
  first = false;
  order();
  byId("inside-empty").hidden = stories.size > 0;
  lights = lights.slice(-LONGEST_QUEUE);
  if (!glowing) glow();
}

function forget(key) {
  stories.delete(key);
  drawn.get(key)?.remove();
  drawn.delete(key);
}

function drawDiagram() {
  byId("diagram").replaceChildren(
    ...Object.entries(PARTS).map(([part, symbol]) =>
      el(
        "li", { class: "part", "data-part": part },
        icon(symbol), el("strong", {}, t(`part.${part}`)), el("small", {}, t(`part.${part}.what`)),
        part === "table" ? el("span", { class: "law" }, t("inside.law")) : null,
      ),
    ),
  );
}

/** Events come faster than eyes: they light up one after the other. */
function glow() {
  const parts = lights.shift();
  glowing = parts ? setTimeout(glow, GAP_MS) : 0;
  for (const part of parts ?? []) {
    const node = byId("diagram").querySelector(`[data-part="${part}"]`);
    clearTimeout(node.fading);
    node.classList.add("lit");
    node.fading = setTimeout(() => node.classList.remove("lit"), LIT_MS);
  }
}

function redraw(story) {
  let node = drawn.get(story.key);
  if (!node) {
    node = el(
      "details", { class: "story", "data-about": story.about },
      el("summary", {}, el("strong", {}), el("span", { class: "chip" }), el("span", { class: "count" })),
      el("ol", { class: "events" }),
    );
    node.querySelector("summary").addEventListener("click", () => (node.touched = true));
    drawn.set(story.key, node);
  }
  drawTitle(story);
  drawChip(story, node);
  const events = node.querySelector(".events");
  const same = events.dataset.language === document.documentElement.lang;
  const kept = same ? keptSteps(events, story) : 0;
  while (events.children.length > kept) events.lastElementChild.remove();
  events.append(...story.steps.slice(kept).map(step));
  events.dataset.language = document.documentElement.lang;
  events.told = story.steps.map(nameOf);
}

const nameOf = (step) => `${step.signal}|${step.ms}|${step.service}`;

/** How many steps stand already as they shall. */
function keptSteps(events, story) {
  const told = events.told ?? [];
  const differs = story.steps.findIndex((step, index) => told[index] !== nameOf(step));
  return differs < 0 ? story.steps.length : differs;
}

function drawTitle(story) {
  const who = story.number ? people.nameOf(story.number) : t("inside.stranger", story);
  const node = drawn.get(story.key);
  if (node) node.querySelector("summary strong").textContent = t(`inside.${story.about}`, { name: who });
}

function drawChip(story, node) {
  const sent = story.steps.find((one) => ENDS.includes(one.signal));
  const chip = node.querySelector(".chip");
  const isOpener = story.about === "call";
  chip.hidden = story.about === "system" || (isOpener && !sent);
  chip.dataset.state = sent ? "done" : "waiting";
  const done = isOpener ? "inside.opened" : "inside.answered";
  chip.textContent = sent ? t(done, { time: duration(sent.ms) }) : t("inside.waiting");
  const count = story.steps.length;
  node.querySelector(".count").textContent = count === 1 ? t("inside.step") : t("inside.steps", { count });
}

/** Newest on top, the machine's own at the end; the newest are open unless a hand shut them. */
function order() {
  const last = (story) => (story.about === "system" ? 0 : story.began);
  const sorted = [...stories.values()].sort((one, other) => last(other) - last(one));
  const place = byId("stories");
  sorted.forEach((story, index) => {
    const node = drawn.get(story.key);
    if (place.children[index] !== node) place.insertBefore(node, place.children[index] ?? null);
    if (!node.touched) node.open = index < OPEN && story.about !== "system";
  });
}

function step(one) {
  const bad = TROUBLE.test(`${one.signal} ${one.facts.state ?? ""}`);
  const part = one.parts[0];
  return el(
    "li", { class: bad ? "event bad" : "event", "data-part": part, "data-signal": one.signal },
    el("span", { class: "when" }, one.ms === 0 ? "0" : `+${duration(one.ms)}`),
    el("span", { class: "where" }, t(`part.${part}`)),
    el("span", { class: "what" }, sentence(one), " ", el("code", {}, facts(one))),
  );
}

function sentence(one) {
  const state = (one.facts.state ?? one.facts.status ?? "").toLowerCase();
  const exact = `signal.${one.signal}.${state}`;
  const known = has(exact) ? exact : `signal.${one.signal}`;
  const why = `reason.${one.facts.reason}`;
  const told = has(why) ? { ...one.facts, reason: t(why) } : one.facts;
  return has(known) ? t(known, told) : one.signal;
}

/** The keys and numbers that tell something, ids shortened to what tells them apart. */
function facts(one) {
  const told = TOLD.filter((name) => name in one.facts && !(name === "turn" && "message_key" in one.facts));
  return told.map((name) => `${t(`fact.${name}`)}\u00a0${short(String(one.facts[name]))}`).join(" · ");
}

function short(value) {
  const [name, ordinal] = value.split("~");
  const isId = /^[\w-]{15,}$/.test(name) && /\d/.test(name);
  return isId ? [`…${name.slice(-6)}`, ordinal].filter(Boolean).join("~") : value;
}
