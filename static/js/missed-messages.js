/**
 * The messages that came while this page had no connection, or lagged, and still are to be heard. Found after each
 * absence: from what this page has dealt with up to the head that the positions tell. Each is given out once.
 */

import { AttentionMemory } from "./attention-memory.js";
import { isQuiet, wants } from "./attention-rules.js";
import { PAGE_CHANGES, isMessage } from "./protocol.js";

const READ_WITHIN_MS = 1_200; // by this person on another device that has just come back, too
const CONVERSATIONS_MOST = 10; // the newest speak up; the others are counted in the title

export class MissedMessages {
  #dealt = new Map(); // conversation → {to: everything up to here, above: some seqs beyond}
  #memory = new AttentionMemory();
  #hasMet = false; // the positions of all conversations have come once

  /**
   * `hear(changes, {isMore})` is given those of one conversation, ascending; `isMore`: there are still more of them.
   * While `isAllowed()` is false nothing is read.
   */
  constructor({ store, sync, me, isAllowed, hear }) {
    Object.assign(this, { store, sync, me, isAllowed, hear });
    for (const conversation of store.conversations.values()) this.#know(conversation);
    store.subscribe(({ type, conversation_id }) => {
      if (type === "attention.changed") this.#memory.note(store.get(conversation_id), new Date());
      if (type === "epoch.begun") this.#dealt.clear(); // other messages have those numbers now
    });
    sync.addEventListener("positions", () => this.#onPositions());
  }

  /** Deals with a change that has come by itself; false when that was done before. */
  take({ conversation_id, seq }) {
    const dealt = this.#dealtOf(conversation_id, seq - 1);
    if (seq <= dealt.to || dealt.above.has(seq)) return false;
    dealt.above.add(seq);
    while (dealt.above.delete(dealt.to + 1)) dealt.to += 1;
    return true;
  }

  /** Another page of this device has dealt with everything up to `seq`. */
  leave(id, seq) {
    const dealt = this.#dealtOf(id, seq);
    dealt.to = Math.max(dealt.to, seq);
  }

  #dealtOf(id, to) {
    if (!this.#dealt.has(id)) this.#dealt.set(id, { to, above: new Set() });
    return this.#dealt.get(id);
  }

  #know(conversation) {
    this.#dealt.set(conversation.id, { to: conversation.head, above: new Set() });
    this.#memory.note(conversation, new Date());
  }

  /** What was unread before this page began is nothing that it missed. */
  #onPositions() {
    const all = [];
    for (const conversation of this.store.sorted()) {
      const { id, read, head } = conversation;
      const dealt = this.#dealt.get(id) ?? { to: this.#hasMet ? read : head, above: new Set() };
      all.push({ id, ...dealt, wasWanted: this.#memory.judge(id, this.me) });
      this.#know(conversation);
    }
    this.#hasMet = true;
    if (this.isAllowed()) setTimeout(() => this.#giveOut(all.filter((one) => this.#isWorthReading(one)).slice(0, CONVERSATIONS_MOST)), READ_WITHIN_MS);
  }

  #isWorthReading({ id, to }) {
    const { attention, head, unread, mentions } = this.store.get(id) ?? {};
    if (!unread || head <= to || attention.is_muted || attention.level === "nothing") return false;
    return (attention.level === "all" || mentions > 0) && !isQuiet(this.store.quietHours, new Date());
  }

  async #giveOut(missed) {
    for (const one of missed) {
      const found = await this.#find(one).catch(() => null);
      if (found?.changes.length) this.hear(found.changes, found);
    }
  }

  /** The newest page of them at most. */
  async #find({ id, to, above, wasWanted }) {
    const { read, head, log } = this.store.get(id);
    const from = Math.max(to, read) + 1;
    const first = Math.max(from, head - PAGE_CHANGES + 1);
    if (!log.covers(first, head)) await this.sync.fill(id, first, head);
    const changes = [...log.between(first, head)].filter((change) => !above.has(change.seq) && wasWanted(change) && this.#isWanted(change));
    return { changes, isMore: first > from };
  }

  /** By now, and not in hours that were or are quiet. */
  #isWanted(change) {
    const conversation = this.store.get(change.conversation_id);
    if (!conversation || !isMessage(change) || change.author_id === this.me || change.seq <= conversation.read) return false;
    const isTimely = ![new Date(change.sent_at), new Date()].some((moment) => isQuiet(this.store.quietHours, moment));
    return isTimely && !conversation.annotations.shown(change).deleted && wants(conversation, change, this.me);
  }
}
