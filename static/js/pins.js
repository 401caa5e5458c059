/**
 * What is pinned in conversations, as REST tells it: asked for when one is shown, and again when something of it changed.
 * Fires "change" (detail: the conversation).
 */

import { ask } from "./rest.js";

const CHANGES = /^message\.(?:pinned|unpinned|edited|deleted)$/;
const GATHER_MS = 150;

export class Pins extends EventTarget {
  #known = new Map(); // conversation → its pins, the last pinned first; empty while the first answer is on its way
  #asked = new Map(); // conversation → how often; an answer to an older question is ignored
  #timers = new Map();

  constructor({ store, socket }) {
    super();
    store.subscribe(({ type, conversation_id }) => {
      if (CHANGES.test(type) && this.#known.has(conversation_id)) this.#askSoon(conversation_id);
      if (type === "conversation.removed") this.#known.delete(conversation_id);
    });
    // What happened while we were away is not told one by one.
    socket.addEventListener("state", () => socket.isOpen && [...this.#known.keys()].forEach((id) => this.#askSoon(id)));
  }

  /** [{seq, author_id, text, …}]; empty while it is not known. */
  of(id) {
    return this.#known.get(id) ?? [];
  }

  async load(id) {
    const asked = (this.#asked.get(id) ?? 0) + 1;
    this.#asked.set(id, asked);
    if (!this.#known.has(id)) this.#known.set(id, []);
    const { results } = await ask(`/conversations/${id}/pins`).catch(() => ({}));
    if (!results || asked !== this.#asked.get(id) || !this.#known.has(id)) return;
    this.#known.set(id, results);
    this.dispatchEvent(new CustomEvent("change", { detail: id }));
  }

  #askSoon(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.load(id), GATHER_MS));
  }
}
