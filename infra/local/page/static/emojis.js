import { byId, el } from "/static/dom.js";

const EMOJIS = [..."😀😂😍🥰😊🤔😅😢😮🙏👍👎👏💪🎉❤️‍🔥✅❓📦🕐".matchAll(/\p{RGI_Emoji}/gv)].map((found) => found[0]);

/** A small choice of emojis; `typed` is told when one was put into the text. */
export function beginEmojis(typed) {
  const panel = byId("emojis");
  const opener = byId("emoji-open");
  const show = (shown) => {
    panel.hidden = !shown;
    opener.setAttribute("aria-expanded", String(shown));
  };
  panel.replaceChildren(
    ...EMOJIS.map((emoji) => el("button", { type: "button", onclick: () => type(emoji, show, typed) }, emoji)),
  );
  opener.addEventListener("click", () => {
    show(panel.hidden);
    if (!panel.hidden) panel.querySelector("button").focus();
  });
  byId("composer").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    show(false);
    opener.focus();
  });
}

function type(emoji, show, typed) {
  const text = byId("text");
  text.setRangeText(emoji, text.selectionStart, text.selectionEnd, "end");
  show(false);
  text.focus();
  typed();
}
