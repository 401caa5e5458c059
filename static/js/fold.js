/**
 * What is shown of a message: it, and the later changes that concern it; and what a conversation is. messaging/fold.py
 * folds alike. Later changes may come in any order, twice, and without those that a newer one replaced: the outcome is
 * the same. Pure.
 */

const TEXT_SLOT = "text";
const PIN_SLOT = "pin";
const SLOTS = {
  "message.edited": () => TEXT_SLOT,
  "message.deleted": () => TEXT_SLOT,
  "message.pinned": () => PIN_SLOT,
  "message.unpinned": () => PIN_SLOT,
  "reaction.added": ({ author_id, emoji }) => `reaction:${author_id}:${emoji}`,
  "reaction.removed": ({ author_id, emoji }) => `reaction:${author_id}:${emoji}`,
};

/** Of the changes of one message with the same slot only the newest counts. */
const slotOf = (change) => SLOTS[change.type]?.(change) ?? null;

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

  /** {body, html, editedAt, deleted, pinned, file, reactions} of a message; `reactions` are {emoji, users}, in order of time. */
  shown(message) {
    const text = this.#slots.get(message.seq)?.get(TEXT_SLOT);
    if (message.deleted || text?.deleted || isDeletion(text)) {
      return { body: "", html: null, editedAt: null, deleted: true, pinned: false, file: null, reactions: [] };
    }
    const { body = "", html = null } = text ?? message;
    const { file = null } = message;
    const pinned = this.#slots.get(message.seq)?.get(PIN_SLOT)?.type === "message.pinned";
    return { body, html, editedAt: text?.sent_at ?? null, deleted: false, pinned, file, reactions: this.#reactions(message.seq) };
  }

  #reactions(seq) {
    const users = new Map();
    const held = [...(this.#slots.get(seq)?.values() ?? [])].sort((one, other) => one.seq - other.seq);
    for (const { type, emoji, author_id } of held) {
      if (type === "reaction.added") users.set(emoji, [...(users.get(emoji) ?? []), author_id]);
    }
    return [...users].map(([emoji, ids]) => ({ emoji, users: ids }));
  }
}

/** What a change says of the conversation itself: of what, and what. */
const FACTS = {
  "conversation.created": ({ name }) => ["name", name],
  "conversation.renamed": ({ name }) => ["name", name],
  "conversation.described": ({ description }) => ["description", description],
  "conversation.converted": ({ kind }) => ["kind", kind],
  "conversation.slowed": ({ slow_seconds }) => ["slowSeconds", slow_seconds],
  "member.joined": ({ user_id, role = "member" }) => [`role:${user_id}`, role],
  "member.role_changed": ({ user_id, role }) => [`role:${user_id}`, role],
};

/** What a conversation is: of changes that say something of the same, the newest counts. */
export class Facts {
  #seqs = new Map();

  /** `since`: what came up to there is known from elsewhere. */
  constructor(since = 0) { this.since = since; }

  /** [of what, what], or null when the change says nothing new. */
  put(change) {
    const fact = FACTS[change.type]?.(change);
    if (!fact || change.seq <= (this.#seqs.get(fact[0]) ?? this.since)) return null;
    this.#seqs.set(fact[0], change.seq);
    return fact;
  }
}
