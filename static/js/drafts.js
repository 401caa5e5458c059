/**
 * What is written and not sent, per conversation, the same on all devices of a person. The store has the newest; what the
 * server does not know yet is kept in this browser, and told a moment after the last key, or when there is a connection
 * again. Of two devices the one that wrote later wins.
 */

import { BODY_CHARACTERS, countCharacters } from "./protocol.js";
import { Problem, ask, pages } from "./rest.js";

const PAUSE_MS = 1_000;
const SPREAD_MS = 5_000; // all pages of a worker that restarts ask again

export class Drafts {
  #timers = new Map(); // conversation → timer
  #hasMet = false;

  constructor({ store, socket, me }) {
    Object.assign(this, { store, socket, me });
    for (const id of store.conversations.keys()) this.#restore(id);
    socket.addEventListener("frame", ({ detail }) => detail.type === "welcome" && this.#onWelcome());
    addEventListener("storage", ({ key, newValue }) => newValue && key?.startsWith(this.#name("")) && this.#restore(key.slice(this.#name("").length)));
    addEventListener("pagehide", () => [...this.#timers.keys()].forEach((id) => this.#tell(id, { keepalive: true })));
  }

  text(id) { return this.known(id) ?? ""; }

  /** As `text`, or null where nothing was ever written. */
  known(id) {
    const { text, written_at } = this.store.get(id)?.draft ?? {};
    return written_at ? text : null;
  }

  /** This is in the field now. A clock that is behind is no reason to lose against what was read before. */
  write(id, text) {
    const { draft } = this.store.get(id) ?? {};
    if (!draft || draft.text === text) return;
    const written_at = new Date(Math.max(Date.now(), Date.parse(draft.written_at ?? 0) + 1)).toISOString();
    this.#keep(id, { text, written_at });
    this.store.apply({ type: "draft.changed", conversation_id: id, text, written_at });
    this.#tellSoon(id, text ? PAUSE_MS : 0);
  }

  #name(id) { return `parley.draft.${this.me}.${id}`; }

  #keep(id, draft) {
    stored(() => (draft ? localStorage.setItem(this.#name(id), JSON.stringify(draft)) : localStorage.removeItem(this.#name(id))));
  }

  /** What an earlier page, or another one, could not tell the server. An earlier Parley kept the text alone. */
  #restore(id) {
    const kept = stored(() => localStorage.getItem(this.#name(id)));
    if (!kept) return;
    const { text, written_at } = readKept(kept) ?? { text: kept, written_at: null };
    if (written_at) this.store.apply({ type: "draft.changed", conversation_id: id, text, written_at });
    else if (!this.text(id)) this.write(id, text);
  }

  #unsent() {
    return [...this.store.conversations.keys()].filter((id) => stored(() => localStorage.getItem(this.#name(id))));
  }

  #onWelcome() {
    const isBack = this.#hasMet;
    this.#hasMet = true;
    setTimeout(() => this.#catchUp(isBack), isBack ? Math.random() * SPREAD_MS : 0);
  }

  async #catchUp(isBack) {
    for (const id of this.#unsent()) this.#tellSoon(id, 0);
    if (isBack) await this.#readAll().catch(() => {}); // the next connection asks again
  }

  async #readAll() {
    for await (const drafts of pages("/drafts?limit=200")) {
      for (const draft of drafts) this.store.apply({ type: "draft.changed", ...draft });
    }
  }

  #tellSoon(id, pause) {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.#tell(id), pause));
  }

  /** Without a connection it stays here, for the next welcome; and while it is too long, until it is shorter. */
  async #tell(id, how = {}) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const kept = readKept(stored(() => localStorage.getItem(this.#name(id)))) ?? this.store.get(id)?.draft;
    if (!kept?.written_at || countCharacters(kept.text) > BODY_CHARACTERS) return;
    const answer = await ask(`/conversations/${id}/draft`, { method: "PUT", body: kept, ...how }).catch((error) => this.#onFailure(id, error));
    if (!answer) return;
    if (readKept(stored(() => localStorage.getItem(this.#name(id))))?.written_at === kept.written_at) this.#keep(id, null);
    this.store.apply({ type: "draft.changed", ...answer });
  }

  /** What is refused for good is not told again: no member any more, say. */
  #onFailure(id, error) {
    if (error instanceof Problem && [400, 403, 404].includes(error.status)) this.#keep(id, null);
    return null;
  }
}

function readKept(kept) {
  const draft = stored(() => JSON.parse(kept));
  return draft && typeof draft.text === "string" && typeof draft.written_at === "string" ? draft : null;
}

/** Storage may be forbidden; then drafts live with the server alone. */
function stored(work) {
  try {
    return work();
  } catch {
    return null;
  }
}
