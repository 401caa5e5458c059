/** Which messages this user saved, of the conversations that were shown. Fires "change" (detail: the conversation). */

import { ask, pages } from "./rest.js";

export class Saved extends EventTarget {
  #known = new Map(); // conversation → set of seqs

  has(id, seq) {
    return this.#known.get(id)?.has(seq) ?? false;
  }

  async load(id) {
    if (this.#known.has(id)) return;
    const seqs = new Set();
    this.#known.set(id, seqs);
    try {
      for await (const rows of pages(`/saved?conversation_id=${id}&limit=200`)) rows.forEach(({ seq }) => seqs.add(seq));
    } catch {
      this.#known.delete(id); // the next look asks again
    }
    if (seqs.size) this.#tell(id);
  }

  /** Resolves with what there is to say about it. */
  async toggle(id, seq) {
    const seqs = this.#known.get(id) ?? new Set();
    this.#known.set(id, seqs);
    const method = seqs.has(seq) ? "DELETE" : "PUT";
    const refusal = await ask(`/conversations/${id}/messages/${seq}/saved`, { method }).then(() => null, (error) => error);
    // Another of our pages may have let go of it.
    if (refusal && !(method === "DELETE" && refusal.status === 404)) return refusal.message;
    if (method === "PUT") seqs.add(seq);
    else seqs.delete(seq);
    this.#tell(id);
    return method === "PUT" ? "Saved" : "Not saved any more";
  }

  #tell(id) {
    this.dispatchEvent(new CustomEvent("change", { detail: id }));
  }
}
