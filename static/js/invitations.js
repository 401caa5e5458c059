/**
 * How many invitations wait for this user: it comes with the page, is sent when it changes, and is read again after an
 * interruption. The store has it.
 */

import { ask } from "./rest.js";

const SPREAD_MS = 5_000; // all pages of a worker that restarts ask again
const PAGE = 200;

export class Invitations {
  #received = 0;
  #hasMet = false;

  constructor({ store, socket }) {
    this.store = store;
    store.subscribe(({ type }) => {
      if (type === "invitations.changed") this.#received += 1;
    });
    socket.addEventListener("frame", ({ detail }) => this.#onFrame(detail.type));
  }

  #onFrame(type) {
    if (type === "lagging" || (type === "welcome" && this.#hasMet)) setTimeout(() => this.#read(), Math.random() * SPREAD_MS);
    this.#hasMet ||= type === "welcome";
  }

  /** What was sent while it was read may be newer: then it is read again. */
  async #read() {
    const received = this.#received;
    const answer = await ask(`/invitations?limit=${PAGE}`).catch(() => null); // the next interruption asks again
    if (!answer) return undefined;
    if (received !== this.#received) return this.#read();
    if (answer.results.length !== this.store.invitations) this.store.apply({ type: "invitations.changed", count: answer.results.length });
    return undefined;
  }
}

export const invitationWords = (count) => (count === 1 ? "You are invited to a group" : `You are invited to ${count} groups`);
