/** Who is writing where. Each signal holds for a while and nothing takes it back. Pure: the caller tells the time. */

import { listed } from "./name-lists.js";
import { TYPING_SECONDS } from "./protocol.js";

/** A signal follows the last one after TYPING_SECONDS, and takes a moment to arrive. */
export const HOLDS_MS = TYPING_SECONDS * 1000 + 500;
const NAMED = 3;

export class Typing {
  #until = new Map(); // conversation → Map(user → when their signal is over)

  hear({ conversation_id, user_id }, now) {
    const users = this.#until.get(conversation_id) ?? new Map();
    this.#until.set(conversation_id, users.set(user_id, now + HOLDS_MS));
  }

  /** Their message has come. */
  stop(conversation_id, user_id) {
    return this.#until.get(conversation_id)?.delete(user_id) ?? false;
  }

  /** The users who write now, the first to begin first. */
  who(conversation_id, now) {
    const users = this.#until.get(conversation_id) ?? new Map();
    for (const [user, until] of users) if (until <= now) users.delete(user);
    return [...users.keys()];
  }

  /** When the next signal is over, or null. */
  nextEnd(conversation_id) {
    const ends = [...(this.#until.get(conversation_id)?.values() ?? [])];
    return ends.length ? Math.min(...ends) : null;
  }
}

/** One line about them: named up to three, then counted. */
export function typingWords(names) {
  if (!names.length) return "";
  if (names.length > NAMED) return `${names.length} people are writing…`;
  return `${listed(names)} ${names.length === 1 ? "is" : "are"} writing…`;
}
