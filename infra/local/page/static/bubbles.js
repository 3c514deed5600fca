// The bubbles of a chat, as WhatsApp draws them.

import { el, icon } from "/static/dom.js";
import { clock, date, t } from "/static/texts.js";
import { formatted } from "/static/whatsapp.js";

const TICKS = { clock: "clock", one: "tick", two: "ticks", blue: "ticks" };

/** The messages, each day's first one after the day's name. */
export function withDays(messages) {
  let before = "";
  return messages.flatMap((message) => {
    const day = date(message.at);
    const same = day === before;
    before = day;
    return same ? [message] : [{ sid: day, day: day === date(Date.now() / 1000) ? t("phone.today") : day }, message];
  });
}

/** The node of a message whose ticks may have changed. */
export function renewed(node, message) {
  if (node.dataset.ticks === message.ticks) return node;
  if (message.kind === "location") {
    const whole = bubble(message); // the place's name is known only now
    node.replaceWith(whole);
    return whole;
  }
  node.dataset.ticks = message.ticks;
  node.querySelector(".meta").replaceWith(meta(message));
  return node;
}

/** The node of a message. */
export function bubble(message) {
  const side = message.mine ? "mine" : "theirs";
  const who = el("span", { class: "sr" }, `${t(message.mine ? "phone.you" : "phone.business")}: `);
  const large = /^(\p{RGI_Emoji}\s*){1,3}$/v.test(message.text);
  const body = message.text
    ? el("p", { class: large ? "text large" : "text", lang: message.mine ? null : "" }, who, ...formatted(message.text))
    : null;
  return el(
    "div",
    { class: `bubble ${side}`, "data-sid": message.sid, "data-ticks": message.ticks },
    ...[attachment(message), body, meta(message)].filter(Boolean),
  );
}

function attachment(message) {
  if (message.kind === "location") {
    return el(
      "div", { class: "location" }, icon("pin"),
      el("span", {}, el("strong", {}, message.label || t("phone.location")), el("small", {}, message.address)),
    );
  }
  if (message.kind === "image") {
    return el("img", { src: "/static/picture.svg", alt: t("phone.picture"), width: 230, height: 144 });
  }
  return message.kind !== "text" && message.kind !== "interactive" ? el("p", { class: "text" }, t("phone.media")) : null;
}

function meta(message) {
  const tick = message.mine
    ? el(
        "span",
        { class: `tick ${message.ticks}`, role: "img", "aria-label": t(`phone.tick.${message.ticks}`) },
        TICKS[message.ticks] ? icon(TICKS[message.ticks]) : null,
      )
    : null;
  const template = message.template ? el("span", { class: "template" }, t("phone.template")) : null;
  const time = el("time", { datetime: new Date(message.at * 1000).toISOString() }, clock(message.at));
  return el("span", { class: "meta" }, ...[template, time, tick].filter(Boolean));
}
