// The page's own server. What goes wrong is an ApiError with one word: see texts, error.*

import { has, t } from "/static/texts.js";

export class ApiError extends Error {
  /** What a person reads. */
  get text() {
    return t(has(`error.${this.message}`) ? `error.${this.message}` : "error.other");
  }
}

export const get = (path) => ask(path, {});

export const post = (path, document) =>
  ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(document),
    keepalive: true,
  });

/** Everything new, as it happens: {calls, phones, inside, lost}. It reconnects by itself. */
export function live(handlers) {
  const source = new EventSource("/api/live");
  for (const kind of ["calls", "phones", "inside"]) {
    source.addEventListener(kind, (event) => handlers[kind](JSON.parse(event.data)));
  }
  source.addEventListener("open", () => handlers.lost(false));
  source.addEventListener("error", () => handlers.lost(true));
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(`/api${path}`, options);
  } catch {
    throw new ApiError("other");
  }
  if (!response.ok) throw new ApiError((await response.json().catch(() => ({}))).error ?? "other");
  return response.json();
}
