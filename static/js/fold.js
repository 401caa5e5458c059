/**
 * What is shown of a message: it, and the later changes that concern it. messaging/fold.py folds alike. Later changes
 * may come in any order, twice, and without those that a newer one replaced: the outcome is the same. Pure.
 */

const TEXT_SLOT = "text";
const TEXT_TYPES = new Set(["message.edited", "message.deleted"]);

/** Of the changes of one message with the same slot only the newest counts. */
const slotOf = (change) => (TEXT_TYPES.has(change.type) ? TEXT_SLOT : null);

const isDeletion = (change) => change?.type === "message.deleted";

/** A deletion is final, whatever comes after it. */
function replaces(change, other) {
  if (!other) return true;
  if (isDeletion(change) !== isDeletion(other)) return isDeletion(change);
  return change.seq > other.seq;
}

/** The changes that count, by the message they concern. */
export class Annotations {
  #slots = new Map(); // seq of the message → slot → change

  /** Changes that concern no message are passed over; false when nothing is different now. */
  put(change) {
    const slot = slotOf(change);
    if (!slot) return false;
    const slots = this.#slots.get(change.target) ?? new Map();
    if (!replaces(change, slots.get(slot))) return false;
    this.#slots.set(change.target, slots.set(slot, change));
    return true;
  }

  /** {body, html, editedAt, deleted} of a message. */
  shown(message) {
    const text = this.#slots.get(message.seq)?.get(TEXT_SLOT);
    if (message.deleted || text?.deleted || isDeletion(text)) return { body: "", html: null, editedAt: null, deleted: true };
    const { body, html = null } = text ?? message;
    return { body, html, editedAt: text?.sent_at ?? null, deleted: false };
  }
}
