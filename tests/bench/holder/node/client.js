// Node's `ws`, as the original system used it. Speaks the runner's lines on stdin and stdout.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";

const { version: WS_VERSION } = JSON.parse(
  readFileSync(new URL("./node_modules/ws/package.json", import.meta.url)),
);
const order = JSON.parse(process.argv[2]);
const ca = readFileSync(order.ca);
const TRIES = 5;
let members = [];
let seconds = [];
let errors = 0;
let again = false;
let inside = 0;
const outside = [];

async function enter() {
  if (inside >= order.parallel) await new Promise((admitted) => outside.push(admitted));
  inside += 1;
}

function leave() {
  inside -= 1;
  outside.shift()?.();
}

const ABOUT = "Preguntó por el pedido 7431, que debía llegar el martes, y pidió que le escriban. ";
const summary = ({ index }) => `${ABOUT.repeat(3)}(${index})`;
const opener = ({ index }) =>
  `Asistente: Hola, Ana ${index}: gracias por la llamada. Siga por aquí cuando guste.`;
const variables = ({ index }) => ({ debt: 120 + index, order: `7431-${index}`, city: "Bogotá" });

function initiation(member) {
  return JSON.stringify({
    type: "conversation_initiation_client_data",
    dynamic_variables: {
      client_name: `Ana ${member.index}`, call_summary: summary(member),
      chat_history: opener(member), channel: "whatsapp", ...variables(member),
    },
    user_id: String(member.index).padStart(26, "0"),
  });
}

function note(member) {
  const facts = Object.entries(variables(member)).map((fact) => fact.join(": ")).join("; ");
  const text = [
    "La conversación sigue ahora por WhatsApp, por escrito, después de la llamada.",
    `Resumen de la llamada: ${summary(member)}`,
    `Datos de la llamada: ${facts}`,
    `Mensajes anteriores en WhatsApp:\n${opener(member)}`,
  ].join("\n\n");
  return JSON.stringify({ type: "contextual_update", text, context_id: "hilo" });
}

function question(member) {
  member.count += 1;
  const text = `Hola, soy ${member.index}: ¿qué hay de mi pedido 7431, el número ${member.count}?`;
  member.askedAt = performance.now();
  member.ws.send(JSON.stringify({ type: "user_message", text }));
}

function hear(member, data) {
  const event = JSON.parse(data.toString());
  if (event.type === "ping") {
    member.ws.send(JSON.stringify({ type: "pong", event_id: event.ping_event.event_id }));
  } else if (event.type === "agent_response" && member.askedAt) {
    seconds.push((performance.now() - member.askedAt) / 1000);
    member.askedAt = 0;
  } else if (event.type === "conversation_initiation_metadata") {
    member.ready = true;
    member.ws.send(note(member));
    member.onReady?.();
  }
}

function attempt(member) {
  const { index } = member;
  const number = index % order.urls.length;
  const url = `${order.urls[number]}/v1/convai/conversation?agent_id=agent_${number}&client=${order.client}`;
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, { ca, perMessageDeflate: false, handshakeTimeout: 30000 });
    member.ws = ws;
    member.onReady = () => { member.onReady = null; resolve(); };
    ws.on("open", () => ws.send(initiation(member)));
    ws.on("message", (data) => hear(member, data));
    ws.on("error", () => {});
    ws.on("close", () => {
      const was = member.ready;
      member.ready = false;
      member.askedAt = 0;
      if (!was) reject(new Error("refused"));
      else if (again) join(member, true);
      else errors += 1;
    });
  });
}

async function join(member, ask = false) {
  await enter();
  for (let left = TRIES; left && !member.ready; left -= 1) {
    try {
      await attempt(member);
    } catch {
      errors += 1;
      await pause(500);
    }
  }
  leave();
  if (ask && member.ready) question(member);
}

async function until(done, withinS) {
  const late = performance.now() + withinS * 1000;
  while (!done() && performance.now() < late) await pause(10);
}

const open = () => members.filter((member) => member.ready).length;

function quantiles() {
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] * 1e5) / 100;
  return sorted.length ? { p50_ms: at(0.5), p99_ms: at(0.99) } : { p50_ms: null, p99_ms: null };
}

const commands = {
  async open({ count }) {
    members = Array.from({ length: count }, (_, index) => (
      { index, count: 0, askedAt: 0, ready: false, ws: null, onReady: null }));
    await Promise.all(members.map((member) => join(member)));
    return { open: open(), errors };
  },
  async turns({ count, rate }) {
    seconds = [];
    const began = performance.now();
    let asked = 0;
    let late = 0;
    while (asked < count) {
      const due = Math.min(count, Math.floor(((performance.now() - began) / 1000) * rate));
      for (; asked < due; asked += 1) {
        const member = members[asked % members.length];
        if (!member.ready || member.askedAt) late += 1;
        else question(member);
      }
      await pause(10);
    }
    await until(() => seconds.length + late >= count, 15);
    errors += Math.max(0, count - late - seconds.length);
    return { answered: seconds.length, ...quantiles(), skipped: late, errors };
  },
  async brace() {
    again = true;
    seconds = [];
    return {};
  },
  async reconnect({ within_s: withinS }) {
    await until(() => seconds.length >= members.length, withinS);
    again = false;
    return { open: open(), errors };
  },
};

function say(event, known) {
  process.stdout.write(`${JSON.stringify({ event, ...known })}\n`);
}

say("ready", { version: `ws ${WS_VERSION}, node ${process.versions.node}` });
for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...rest } = JSON.parse(line);
  if (name === "quit") break;
  say(name, await commands[name](rest));
}
process.exit(0);
