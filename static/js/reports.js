/**
 * How many open reports wait for this user in the groups they lead: it comes with the page, is told when it changes, and
 * is read again after an interruption and when their role became another. The store has it.
 */

import { ask } from "./rest.js";

const SPREAD_MS = 5_000; // all pages of a worker that restarts ask again

export class Reports {
  #told = 0;
  #hasMet = false;

  constructor({ store, socket }) {
    this.store = store;
    store.subscribe(({ type, change }) => {
      if (type === "reports.changed") this.#told += 1;
      if (type === "member.role_changed" && change?.user_id === store.me) this.#read();
    });
    socket.addEventListener("frame", ({ detail }) => this.#onFrame(detail.type));
  }

  #onFrame(type) {
    if (type === "lagging" || (type === "welcome" && this.#hasMet)) setTimeout(() => this.#read(), Math.random() * SPREAD_MS);
    this.#hasMet ||= type === "welcome";
  }

  /** What was told while it was read may be newer: then it is read again. */
  async #read() {
    const told = this.#told;
    const answer = await ask("/reports").catch(() => null); // the next interruption asks again
    if (!answer) return undefined;
    if (told !== this.#told) return this.#read();
    const counts = new Map(answer.results.map(({ conversation_id, count }) => [conversation_id, count]));
    for (const { id, reports } of this.store.conversations.values()) {
      const count = counts.get(id) ?? 0;
      if (count !== reports) this.store.apply({ type: "reports.changed", conversation_id: id, count });
    }
    return undefined;
  }
}

/** Of what somebody waits for who may settle it; a role that was taken takes the number with it. */
export const waitingReports = ({ reports, role }) => (role === "owner" || role === "admin" ? reports : 0);

export const reportWords = (count) => `${count} open report${count === 1 ? "" : "s"}`;
