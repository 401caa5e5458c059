/**
 * What this user calls people: the nickname of a contact, else the display name, with the username where somebody else
 * goes by that name too. Asks for names in batches, once.
 */

import { label } from "./labels.js";
import { ask, pages } from "./rest.js";

const BATCH = 200;
const AGAIN_MS = 2_000;
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
    let hasLearned = false;
    for (let at = 0; at < ids.length; at += BATCH) hasLearned = (await this.#fetchBatch(ids.slice(at, at + BATCH))) || hasLearned;
    // Who is told draws anew, and asks for what is not known: without an answer that would go on and on.
    if (hasLearned) this.dispatchEvent(new Event("names"));
  }

  /** Whether there was an answer. */
  async #fetchBatch(ids) {
    try {
      const { results } = await ask(`/users?ids=${ids.join(",")}&limit=${BATCH}`);
      const names = new Map(results.map((user) => [user.id, label(user.display_name || user.username, user.is_name_shared && user.username)]));
      for (const id of ids) this.#names.set(id, names.get(id) ?? GONE);
      return true;
    } catch {
      setTimeout(() => ids.forEach((id) => this.#asked.delete(id)), AGAIN_MS); // then the next look asks again
      return false;
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
