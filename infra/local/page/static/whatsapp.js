// WhatsApp's marks and links as nodes: *bold*, _italic_, ~struck~, ```mono```.

import { el } from "/static/dom.js";

const PARTS =
  /```([^`]+)```|(?<![\p{L}\p{N}])\*(\S(?:[^*\n]*\S)?)\*(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_(\S(?:[^_\n]*\S)?)_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])~(\S(?:[^~\n]*\S)?)~(?![\p{L}\p{N}])|(https?:\/\/[^\s<>]+[^\s<>.,;:!?)\]])/gu;

/** The nodes of a message's text. */
export function formatted(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(PARTS)) {
    nodes.push(text.slice(from, found.index), node(found));
    from = found.index + found[0].length;
  }
  return [...nodes, text.slice(from)].filter((part) => part !== "");
}

function node([whole, mono, bold, italic, struck, link]) {
  if (mono) return el("code", {}, mono);
  if (bold) return el("strong", {}, ...formatted(bold));
  if (italic) return el("em", {}, ...formatted(italic));
  if (struck) return el("s", {}, ...formatted(struck));
  return link ? el("a", { href: link, rel: "noreferrer noopener", target: "_blank" }, link) : whole;
}
