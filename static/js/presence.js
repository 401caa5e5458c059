/**
 * Who is here, of the people this page shows: each part of the page says whom it shows, the server is told all of them
 * together, anew after each reconnect. Knows no document. Fires "change" when somebody looks different.
 */

import { PASSING_ERRORS, WATCHED_MOST, watchPeople } from "./protocol.js";

const GATHER_MS = 200;
const RETRY_SECONDS = 5;

export class Presence extends EventTarget {
  #people = new Map(); // id → {state, last_seen_at, status}
  #shown = new Map(); // part of the page → ids
  #watched = ""; // what the open socket was told to watch
  #ref = 0;
  #timer = null;

  constructor({ socket }) {
    super();
    this.socket = socket;
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    socket.addEventListener("state", () => this.#onState());
  }

  /** How somebody looks, or null while that is not known. */
  of(id) { return this.#people.get(id) ?? null; }

  /** Whom a part of the page shows now, in place of whom it showed before. */
  show(part, ids) {
    this.#shown.set(part, ids);
    this.#watchIn(GATHER_MS);
  }

  #watchIn(pause) {
    this.#timer ??= setTimeout(() => this.#watch(), pause);
  }

  #watch() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const ids = this.#ids();
    const watched = ids.join();
    if (watched === this.#watched || !this.socket.isOpen) return;
    this.#ref += 1;
    if (!this.socket.send(watchPeople({ ref: `w${this.#ref}`, user_ids: ids }))) return;
    this.#watched = watched;
    for (const id of this.#people.keys()) if (!ids.includes(id)) this.#people.delete(id);
  }

  #ids() {
    return [...new Set([...this.#shown.values()].flat())].slice(0, WATCHED_MOST).sort();
  }

  #onState() {
    this.#watched = "";
    if (this.socket.isOpen) this.#watch();
  }

  #receive(frame) {
    if (frame.type === "presence.page" || frame.type === "presence.changed") this.#learn(frame.people);
    if (frame.type === "error" && frame.ref === `w${this.#ref}` && PASSING_ERRORS.has(frame.code)) {
      this.#watched = "";
      this.#watchIn((frame.retry_after ?? RETRY_SECONDS) * 1000);
    }
  }

  #learn(people) {
    for (const { user_id, ...person } of people) this.#people.set(user_id, person);
    this.dispatchEvent(new Event("change"));
  }
}
