/**
 * What was wanted of each conversation, and until when it was muted, as far as this page knows. What was said while the
 * page was away is judged by it, and by what is wanted now: the quieter counts. Pure.
 */

import { USUAL, wants } from "./attention-rules.js";

export class AttentionMemory {
  #kept = new Map(); // conversation → {attention, mutedTo: the end of its last mute}

  /** To be told whenever what is wanted may have changed; `now` is a Date. */
  note({ id, attention }, now) {
    const before = this.#of(id);
    const hasEnded = before.attention.is_muted && !attention.is_muted;
    this.#kept.set(id, { attention, mutedTo: hasEnded ? endOf(before.attention, now) : before.mutedTo });
  }

  /** A function that tells of a change of the conversation whether it was wanted, as things stand in this moment. */
  judge(id, user) {
    const { attention, mutedTo } = this.#of(id);
    return (change) => wants({ attention }, change, user) && !(mutedTo && new Date(change.sent_at) < mutedTo);
  }

  #of(id) {
    return this.#kept.get(id) ?? { attention: USUAL, mutedTo: null };
  }
}

/** By itself, or earlier by its user. */
function endOf({ muted_until }, now) {
  const until = muted_until && new Date(muted_until);
  return until && until < now ? until : now;
}
