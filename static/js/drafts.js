/**
 * What is written and not sent, per conversation, the same on all devices of a person. The store has the newest; what was
 * written here is kept in this browser until a page comes that knows it, and told to the server a moment after the last
 * key, or when there is a connection again. Of two devices the one that wrote later wins.
 */

import { recall, recallObject, rememberObject } from "./device-memory.js";
import { BODY_CHARACTERS, countCharacters } from "./protocol.js";
import { Problem, ask, pages } from "./rest.js";

const PAUSE_MS = 1_000;
const SPREAD_MS = 5_000; // all pages of a worker that restarts ask again

export class Drafts {
  #timers = new Map(); // conversation → timer
  #begun = new Set(); // conversations
  #hasMet = false;

  constructor({ store, socket, me }) {
    Object.assign(this, { store, socket, me });
    for (const id of store.conversations.keys()) this.#begin(id);
    store.subscribe(({ type, conversation_id: id }) => type === "conversation.described" && !this.#begun.has(id) && this.#begin(id));
    socket.addEventListener("frame", ({ detail }) => detail.type === "welcome" && this.#onWelcome());
    addEventListener("storage", ({ key, newValue }) => newValue && key?.startsWith(this.#name("")) && this.#restore(key.slice(this.#name("").length)));
    addEventListener("pagehide", () => [...this.#timers.keys()].forEach((id) => this.#tell(id, { keepalive: true })));
  }

  #begin(id) {
    this.#begun.add(id);
    this.#dropKnown(id);
    this.#restore(id);
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
    this.#keep(id, { text, written_at, is_told: false });
    this.store.apply({ type: "draft.changed", conversation_id: id, text, written_at });
    this.#tellSoon(id, text ? PAUSE_MS : 0);
  }

  #name(id) { return `parley.draft.${this.me}.${id}`; }

  #keep(id, draft) {
    rememberObject(this.#name(id), draft);
  }

  /** What an earlier page, or another one, could not tell the server. An earlier Parley kept the text alone. */
  #restore(id) {
    const { text, written_at } = this.#kept(id) ?? {};
    if (written_at) this.store.apply({ type: "draft.changed", conversation_id: id, text, written_at });
    else if (!this.text(id)) this.write(id, recall(this.#name(id)) ?? "");
  }

  /** The page that came knows what an earlier one told the server. */
  #dropKnown(id) {
    const { is_told, written_at } = this.#kept(id) ?? {};
    const known = this.store.get(id).draft.written_at;
    if (is_told && known && Date.parse(written_at) <= Date.parse(known)) this.#keep(id, null);
  }

  #kept(id) {
    const kept = recallObject(this.#name(id));
    return isDraft(kept) ? { is_told: false, ...kept } : null;
  }

  #untold() {
    return [...this.store.conversations.keys()].filter((id) => this.#kept(id)?.is_told === false);
  }

  #onWelcome() {
    const isBack = this.#hasMet;
    this.#hasMet = true;
    setTimeout(() => this.#catchUp(isBack), isBack ? Math.random() * SPREAD_MS : 0);
  }

  async #catchUp(isBack) {
    for (const id of this.#untold()) this.#tellSoon(id, 0);
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
    const { text, written_at } = this.store.get(id)?.draft ?? {};
    if (!written_at || countCharacters(text) > BODY_CHARACTERS) return;
    const answer = await ask(`/conversations/${id}/draft`, { method: "PUT", body: { text, written_at }, ...how }).catch((error) => this.#onFailure(id, error));
    if (!answer) return;
    if (this.#kept(id)?.text === text) this.#keepTold(id, text, answer);
    this.store.apply({ type: "draft.changed", ...answer });
  }

  /** It stays here, as the server has it: a page that was made before may be on its way, and would come without it. */
  #keepTold(id, text, answer) {
    this.#keep(id, answer.text === text ? { text, written_at: answer.written_at, is_told: true } : null);
  }

  /** What is refused for good is not told again: no member any more, say. */
  #onFailure(id, error) {
    if (error instanceof Problem && [400, 403, 404].includes(error.status)) this.#keep(id, null);
    return null;
  }
}

const isDraft = (kept) => typeof kept?.text === "string" && typeof kept.written_at === "string";
