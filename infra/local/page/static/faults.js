// A few things that may go wrong, to be switched on by hand.

import { ApiError, get, post } from "/static/api.js";
import { byId, el } from "/static/dom.js";
import { onLanguage, t } from "/static/texts.js";

const AGAIN_MS = 3000;

let state = {};

export async function begin() {
  await refresh();
  onLanguage(draw);
  // One that strikes once switches itself off.
  setInterval(() => Object.values(state).includes(true) && refresh(), AGAIN_MS);
}

async function refresh() {
  try {
    const now = await get("/switches");
    const changed = JSON.stringify(now) !== JSON.stringify(state);
    state = now;
    if (changed) draw();
  } catch {
    // the simulator is away: what was shown stays
  }
}

function draw() {
  const focused = document.activeElement?.dataset.fault;
  byId("switches").replaceChildren(...Object.entries(state).map(item));
  if (focused) byId("switches").querySelector(`[data-fault="${focused}"]`)?.focus();
  const count = Object.values(state).filter(Boolean).length;
  byId("faults-count").hidden = !count;
  byId("faults-count").textContent = count === 1 ? t("faults.one") : t("faults.on", { count });
  byId("faults").classList.toggle("armed", count > 0);
}

function item([name, on]) {
  const input = el("input", {
    type: "checkbox", role: "switch", "data-fault": name, "aria-describedby": `what-${name}`,
    onchange: (event) => flip(name, event.target.checked),
  });
  input.checked = on;
  return el(
    "li", {},
    el("label", {}, input, el("span", {}, t(`fault.${name}`))),
    el("small", { id: `what-${name}` }, t(`fault.${name}.what`)),
  );
}

async function flip(name, on) {
  try {
    state = await post("/switches", { name, on });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  draw();
}
