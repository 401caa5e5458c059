/** What this user calls people: the nickname of a contact, else the display name. Asks for names in batches, once. */

import { ask, pages } from "./rest.js";

const BATCH = 200;
export const GONE = "Someone who left";

export class Directory extends EventTarget {
  #names = new Map();
  #nicknames = new Map();
  #wanted = new Set();
  #asked = new Set();

  /** The name, or null while it is not known; then "names" is fired when it is. */
  name(id) {
    if (!id) return GONE;
    const name = this.#nicknames.get(id) ?? this.#names.get(id);
    if (name === undefined) this.#want(id);
    return name ?? null;
  }

  learn(names) {
    for (const [id, name] of Object.entries(names)) this.#names.set(id, name);
  }

  /** Names that are asked for in one turn of the event loop travel together. */
  #want(id) {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    if (this.#wanted.size === 0) queueMicrotask(() => this.#fetch());
    this.#wanted.add(id);
  }

  async #fetch() {
    const ids = [...this.#wanted];
    this.#wanted.clear();
    for (let at = 0; at < ids.length; at += BATCH) await this.#fetchBatch(ids.slice(at, at + BATCH));
    this.dispatchEvent(new Event("names"));
  }

  async #fetchBatch(ids) {
    try {
      const { results } = await ask(`/users?ids=${ids.join(",")}&limit=${BATCH}`);
      const names = new Map(results.map((user) => [user.id, user.display_name || user.username]));
      for (const id of ids) this.#names.set(id, names.get(id) ?? GONE);
    } catch {
      for (const id of ids) this.#asked.delete(id); // the next look asks again
    }
  }

  /** What we call our contacts wins over what they call themselves. */
  async fetchNicknames(me) {
    try {
      for await (const contacts of pages(`/users/${me}/contacts?limit=${BATCH}`)) {
        for (const { user, nickname } of contacts) if (nickname) this.#nicknames.set(user.id, nickname);
      }
    } catch {
      // Without a connection people go by the names that the page knows.
    }
    if (this.#nicknames.size) this.dispatchEvent(new Event("names"));
  }
}
