/**
 * How many open reports wait for this user in the groups they lead: it comes with the page, is told when it changes, and
 * is read again after an interruption, when their role became another, and once for conversations that the page did not
 * carry. The store has it of those that it holds.
 */

import { ask } from "./rest.js";

const SPREAD_MS = 5_000; // all pages of a worker that restarts ask again

export class Reports {
  #told = 0;
  #hasMet = false;
  #counts = null; // by conversation, also those that the store does not hold; null until they are read
  #reading = null;

  constructor({ store, socket, read = () => ask("/reports") }) {
    this.store = store;
    this.read = read;
    this.carried = new Set(store.conversations.keys()); // by the page, with their counts
    store.subscribe(({ type, conversation_id: id, change }) => {
      if (type === "member.role_changed" && change?.user_id === store.me) this.#read();
      if (type === "conversation.described") this.#learn(id);
    });
    socket.addEventListener("frame", ({ detail }) => this.#onFrame(detail));
  }

  #onFrame({ type, conversation_id: id, count }) {
    if (type === "reports.changed") this.#note(id, count);
    if (type === "lagging" || (type === "welcome" && this.#hasMet)) setTimeout(() => this.#read(), Math.random() * SPREAD_MS);
    this.#hasMet ||= type === "welcome";
  }

  #note(id, count) {
    this.#told += 1;
    this.#counts?.set(id, count);
  }

  /** Of a conversation that the store began to hold. */
  #learn(id) {
    const { kind, role } = this.store.get(id);
    if (this.carried.has(id) || kind === "direct" || !leads(role)) return;
    if (this.#counts) this.#apply(id);
    else if (!this.#reading) this.#read();
  }

  /** What asks while they are being read may know better than the answer. */
  #read() {
    if (this.#reading) this.#told += 1;
    this.#reading ??= this.#readAll().finally(() => { this.#reading = null; });
    return this.#reading;
  }

  /** What was told while it was read may be newer: then it is read again. */
  async #readAll() {
    const told = this.#told;
    const answer = await this.read().catch(() => null); // the next interruption asks again
    if (!answer) return undefined;
    if (told !== this.#told) return this.#readAll();
    this.#counts = new Map(answer.results.map(({ conversation_id, count }) => [conversation_id, count]));
    for (const id of this.store.conversations.keys()) this.#apply(id);
    return undefined;
  }

  #apply(id) {
    const count = this.#counts.get(id) ?? 0;
    if (count !== this.store.get(id).reports) this.store.apply({ type: "reports.changed", conversation_id: id, count });
  }
}

const leads = (role) => role === "owner" || role === "admin";

/** Of what somebody waits for who may settle it; a role that was taken takes the number with it. */
export const waitingReports = ({ reports, role }) => (leads(role) ? reports : 0);

export const reportWords = (count) => `${count} open report${count === 1 ? "" : "s"}`;
