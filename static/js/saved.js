/**
 * What this user saved, of the conversations that were shown: read when one is shown, and again after an interruption;
 * what other devices of theirs save meanwhile is told. The store has it.
 */

import { ask, pages } from "./rest.js";

const SPREAD_MS = 5_000; // all pages of a worker that restarts ask again

export class Saved {
  #known = new Set(); // conversations
  #shown = null;
  #told = 0;
  #hasMet = false;

  constructor({ store, socket }) {
    Object.assign(this, { store, socket });
    store.subscribe(({ type, conversation_id }) => {
      if (type === "saved.changed") this.#told += 1;
      if (type === "conversation.removed") this.#known.delete(conversation_id);
    });
    socket.addEventListener("frame", ({ detail }) => (detail.type === "welcome" || detail.type === "lagging") && this.#onBreak());
  }

  /** This one is looked at; null: none. Before there is a connection nothing is read: what follows could be missed. */
  show(id) {
    this.#shown = id;
    if (id && this.#hasMet && !this.#known.has(id)) this.#read(id);
  }

  #onBreak() {
    this.#known.clear();
    setTimeout(() => this.#shown && this.show(this.#shown), this.#hasMet ? Math.random() * SPREAD_MS : 0);
    this.#hasMet = true;
  }

  /** What was told while it was read may be newer: then it is read again. */
  async #read(id) {
    this.#known.add(id);
    const told = this.#told;
    const found = await this.#fetch(id).catch(() => null); // the next look asks again
    if (!found || told !== this.#told) {
      this.#known.delete(id);
      return found && id === this.#shown && this.#read(id);
    }
    for (const seq of this.store.get(id)?.saved ?? []) if (!found.has(seq)) this.#apply(id, seq, false);
    for (const seq of found) this.#apply(id, seq, true);
    return undefined;
  }

  async #fetch(id) {
    const seqs = new Set();
    for await (const rows of pages(`/saved?conversation_id=${id}&limit=200`)) rows.forEach(({ seq }) => seqs.add(seq));
    return seqs;
  }

  #apply(conversation_id, seq, is_saved) {
    this.store.apply({ type: "saved.changed", conversation_id, seq, is_saved });
  }

  /** Resolves with what there is to say about it. */
  async toggle(id, seq) {
    const isSaved = this.store.get(id).saved.has(seq);
    const method = isSaved ? "DELETE" : "PUT";
    const refusal = await ask(`/conversations/${id}/messages/${seq}/saved`, { method }).then(() => null, (error) => error);
    // Another of our pages may have let go of it.
    if (refusal && !(isSaved && refusal.status === 404)) return refusal.message;
    this.#apply(id, seq, !isSaved);
    return isSaved ? "Not saved any more" : "Saved";
  }
}
