// The people of the campaign: what the form holds, kept over a reload.

import { language } from "/static/texts.js";

const KEPT = "hilo.people";

// Numbers that are reserved for fiction.
const FIRST = {
  es: () => [
    person("Ana Torres", "+1 202 555 0143", { pedido: "7431", entrega: "jueves por la tarde" }),
    person("Luis Vega", "+1 202 555 0178", { pedido: "8250" }),
  ],
  en: () => [
    person("Ana Torres", "+1 202 555 0143", { order: "7431", delivery: "Thursday afternoon" }),
    person("Luis Vega", "+1 202 555 0178", { order: "8250" }),
  ],
};
const MORE = ["0112", "0125", "0131", "0156", "0164", "0187", "0199"];

const listeners = [];
let people = [];
let untouched = true;

export const all = () => people;

/** A number without what only helps reading it. */
export const plain = (number) => number.replace(/[^+\d]/g, "");

/** What a person is called here, by number. */
export function nameOf(number) {
  const known = people.find((one) => plain(one.number) === plain(number));
  return known?.name.trim() || number;
}

/** Calls `listener` whenever somebody was added, removed or renamed. */
export const onPeople = (listener) => listeners.push(listener);

export function load() {
  people = kept() ?? FIRST[language()]();
  untouched = !kept();
}

/** The first examples speak the page's language, as long as nobody changed them. */
export function translate() {
  if (untouched && people.length) {
    people = FIRST[language()]();
    tell();
  }
}

export function add() {
  const taken = people.map((one) => plain(one.number));
  const free = MORE.find((tail) => !taken.includes(`+1202555${tail}`));
  people.push(person("", free ? `+1 202 555 ${free}` : "+", {}));
  changed();
}

export function remove(one) {
  people = people.filter((other) => other !== one);
  changed();
}

/** To be called after a person was changed in place. */
export function changed() {
  untouched = false;
  try {
    localStorage.setItem(KEPT, JSON.stringify(people));
  } catch {
    // nothing is kept then
  }
  tell();
}

function tell() {
  for (const listener of listeners) listener();
}

function person(name, number, facts) {
  return { name, number, facts: Object.entries(facts) };
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT));
    return Array.isArray(found) && found.length ? found : null;
  } catch {
    return null;
  }
}
