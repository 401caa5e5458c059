/** The REST side: one function that asks, with the session's cookie and the CSRF token, and throws what went wrong. */

import { SignedOut } from "./socket.js";

export class Problem extends Error {
  constructor(status, document, retryAfter) {
    super(document.detail ?? document.title ?? "The server did not answer as expected.");
    this.status = status;
    this.code = document.code ?? "unavailable";
    this.field = document.field ?? null;
    this.retryAfter = retryAfter;
  }
}

/** The network failed; whether the server did what it was asked is unknown. */
export class Unreachable extends TypeError {
  message = "There is no connection. Try again when it is back.";
}

/** The pages of a list, one after the other: arrays of its results. */
export async function* pages(path) {
  while (path) {
    const { results, next } = await ask(path);
    path = next?.split("/api/v1")[1];
    yield results;
  }
}

const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

/** Answers the JSON of /api/v1`path`; sends `body` as JSON, or `bytes` (a Blob) as they are. Throws SignedOut, Problem or Unreachable. */
export async function ask(path, { method = "GET", body, bytes, headers: more, signal, keepalive } = {}) {
  const headers = { Accept: "application/json", ...more };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (bytes) headers["Content-Type"] = "application/octet-stream";
  const answer = await fetch(`/api/v1${path}`, {
    method, headers, signal, keepalive, body: bytes ?? (body === undefined ? undefined : JSON.stringify(body)), credentials: "same-origin",
  }).catch((error) => { throw error instanceof TypeError ? new Unreachable() : error; });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const document = await answer.json().catch(() => ({}));
  if (answer.status === 401) throw new SignedOut(document.detail);
  throw new Problem(answer.status, document, Number(answer.headers.get("Retry-After")) || 0);
}
