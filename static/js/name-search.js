/** People as the server finds them by how their names begin: asked a moment after the last key, and once each. */

import { ask } from "./rest.js";

const PAUSE_MS = 150;
const FOUND_MOST = 50;
const KNOWN_MOST = 200;

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

export class NameSearch {
  #known = new Map(); // address → the promise of what it answers
  #last = null;

  /** Rows of the list at `path`; of a question that was overtaken by the next one, none. */
  async find(path, words) {
    const address = `${path}?search=${encodeURIComponent(words)}&limit=${FOUND_MOST}`;
    this.#last = address;
    if (!this.#known.has(address)) {
      await pause();
      if (this.#last !== address) return [];
      this.#ask(address);
    }
    return this.#known.get(address);
  }

  forget() { this.#known.clear(); }

  #ask(address) {
    if (this.#known.size >= KNOWN_MOST) this.#known.clear();
    const answer = ask(address).then(({ results }) => results, () => {
      this.#known.delete(address); // what could not be asked is asked again with the next letter
      return [];
    });
    this.#known.set(address, answer);
  }
}
