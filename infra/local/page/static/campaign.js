// The left side: whom to call, and how far each call is.

import { ApiError, post } from "/static/api.js";
import { byId, el, icon } from "/static/dom.js";
import * as people from "/static/people.js";
import { language, onLanguage, t } from "/static/texts.js";

const STEPS = ["dialing", "talking", "processing", "ended"];
const BUSY = ["waiting", "dialing", "talking", "processing"];

let agents = [];
let calls = new Map();
let starting = false;
let agentChosen = false;
const opened = new Set(); // transcripts that a person opened or closed by hand
const shut = new Set();

export function begin(about) {
  agents = about.agents;
  byId("campaign-form").addEventListener("submit", start);
  byId("add-person").addEventListener("click", () => {
    people.add();
    byId("people").lastElementChild.querySelector("input").focus();
  });
  byId("agent").addEventListener("change", () => {
    agentChosen = true;
    want();
  });
  people.onPeople(button);
  onLanguage(() => {
    drawAgents(about.agent_id);
    draw();
  });
}

/** The calls as they stand now. */
export function follow(called) {
  calls = new Map(called.map((call) => [call.number, call]));
  for (const row of byId("people").children) drawCall(row);
  button();
}

/** Whether a call to this number has been placed, ever. */
export const wasCalled = (number) => calls.has(people.plain(number));

function drawAgents(first) {
  const select = byId("agent");
  const spoken = agents.find((agent) => agent.language === language());
  const wanted = agents.find((agent) => agent.agent_id === first && agent.language === language());
  const chosen = agentChosen ? select.value : (wanted ?? spoken ?? agents[0])?.agent_id;
  const languages = new Intl.DisplayNames([language()], { type: "language" });
  select.replaceChildren(
    ...agents.map((agent) =>
      el("option", { value: agent.agent_id }, `${agent.name} · ${languages.of(agent.language)}`),
    ),
  );
  select.value = chosen;
}

function draw() {
  const rows = people.all().map(row);
  byId("people").replaceChildren(...rows);
  for (const each of rows) drawCall(each);
  button();
}

function row(person, index) {
  const called = () => person.name.trim() || t("person.someone");
  const change = (name) => (event) => {
    person[name] = event.target.value;
    people.changed();
    if (name === "number") drawCall(item);
  };
  const facts = el("div", { class: "facts" });
  drawFacts(person, facts);
  const item = el(
    "li",
    { class: "person", "aria-label": t("person", { n: index + 1 }) },
    el(
      "div",
      { class: "identity" },
      field("person.name", { value: person.name, maxlength: 80, oninput: change("name") }),
      field("person.number", {
        value: person.number, type: "tel", maxlength: 40, oninput: change("number"),
      }),
      el(
        "button",
        {
          type: "button", class: "icon", "aria-label": t("person.remove", { name: called() }),
          onclick: () => {
            people.remove(person);
            draw();
            byId("add-person").focus();
          },
        },
        icon("x"),
      ),
    ),
    facts,
    el("div", { class: "call" }),
  );
  item.person = person;
  return item;
}

function field(label, props) {
  return el("label", {}, el("span", {}, t(label)), el("input", { type: "text", ...props }));
}

function drawFacts(person, place) {
  const chips = person.facts.map((fact, index) => factChip(person, fact, index, place));
  const more = el(
    "button",
    {
      type: "button", class: "more",
      onclick: () => {
        person.facts.push(["", ""]);
        people.changed();
        drawFacts(person, place);
        place.querySelector(".fact:last-of-type input").focus();
      },
    },
    icon("plus"), t("person.fact.add"),
  );
  place.replaceChildren(...chips, ...(person.facts.length < 8 ? [more] : []));
}

function factChip(person, fact, index, place) {
  const part = (at, label) => el("input", {
    type: "text", value: fact[at], maxlength: at ? 200 : 40, "aria-label": t(label),
    placeholder: t(label), class: at ? "value" : "name", size: Math.max(fact[at].length, 4),
    oninput: (event) => {
      fact[at] = event.target.value;
      event.target.size = Math.max(event.target.value.length, 4);
      people.changed();
    },
  });
  const remove = el(
    "button",
    {
      type: "button", class: "icon", "aria-label": t("person.fact.remove", { name: fact[0] }),
      onclick: () => {
        person.facts.splice(index, 1);
        people.changed();
        drawFacts(person, place);
      },
    },
    icon("x"),
  );
  return el("span", { class: "fact" }, part(0, "person.fact.name"), part(1, "person.fact.value"), remove);
}

/** An agent that needs a variable gets it: a call without it would be refused. */
function want() {
  const agent = agents.find((one) => one.agent_id === byId("agent").value);
  for (const person of people.all()) {
    for (const [name, value] of Object.entries(agent?.wants ?? {})) {
      if (!person.facts.some(([known]) => known === name)) person.facts.push([name, value]);
    }
  }
  if (Object.keys(agent?.wants ?? {}).length) people.changed();
  draw();
}

function drawCall(item) {
  const call = calls.get(people.plain(item.person.number));
  const place = item.querySelector(".call");
  item.dataset.phase = call?.phase ?? "";
  place.replaceChildren(...(call ? [progress(call, item.person), talk(call)] : []));
}

function progress(call, person) {
  const name = person.name.trim() || call.number;
  const unusual = !STEPS.includes(call.phase);
  const reached = STEPS.indexOf(call.phase);
  const steps = unusual ? [call.phase] : STEPS;
  return el(
    "ol",
    { class: "steps", "aria-label": t("call.progress", { name }) },
    steps.map((step, index) => {
      const state = index < reached || call.phase === "ended" ? "done" : "now";
      const shown = unusual || index <= reached ? state : "later";
      const current = step === call.phase ? "step" : null;
      return el("li", { class: shown, "aria-current": current }, t(`phase.${step}`));
    }),
  );
}

function talk(call) {
  if (!call.lines.length) return null;
  const key = call.call_id;
  const open = opened.has(key) || (call.phase === "talking" && !shut.has(key));
  const seconds = call.seconds ? ` · ${t("call.seconds", { seconds: call.seconds })}` : "";
  const details = el(
    "details",
    { class: "talk", open },
    el("summary", {}, `${t("call.transcript")}${seconds}`),
    el("ul", {}, call.lines.map(([role, text]) => line(role, text))),
  );
  details.querySelector("summary").addEventListener("click", () => {
    opened[details.open ? "delete" : "add"](key);
    shut[details.open ? "add" : "delete"](key);
  });
  const summary = call.summary
    ? el("p", { class: "summary" }, el("strong", {}, `${t("call.summary")}. `), call.summary)
    : null;
  return el("div", {}, ...[summary, details].filter(Boolean));
}

function line(role, text) {
  return el("li", { class: role }, el("strong", {}, t(`call.${role}`)), ` ${text}`);
}

function button() {
  const busy = starting || people.all().some((one) => BUSY.includes(calls.get(people.plain(one.number))?.phase));
  const count = people.all().length;
  const start = byId("start");
  start.disabled = busy || !count;
  const idle = count > 1 ? t("campaign.start.many", { count }) : t("campaign.start");
  start.querySelector("span").textContent = busy ? t("campaign.running") : idle;
}

async function start(event) {
  event.preventDefault();
  problem("");
  starting = true;
  button();
  try {
    check();
    await post("/calls", { agent_id: byId("agent").value, people: people.all().map(wire) });
  } catch (error) {
    problem(error instanceof ApiError ? error.text : t("error.other"));
  } finally {
    starting = false;
    button();
  }
}

function check() {
  const numbers = people.all().map((one) => people.plain(one.number));
  if (new Set(numbers).size < numbers.length) throw new ApiError("twice");
}

function wire(person) {
  const facts = person.facts.filter(([name, value]) => name.trim() && value.trim());
  return { name: person.name, number: person.number, facts: Object.fromEntries(facts) };
}

function problem(text) {
  byId("campaign-problem").textContent = text;
  byId("campaign-problem").hidden = !text;
}
