/**
 * How far the members of one conversation have come, as the server tells it, and what that makes of a message of one's
 * own. Whoever joined after a message is not counted among those it was for. Pure.
 */

export class Receipts {
  #people = new Map(); // user → {read, delivered}; without `delivered`: connected, everything reaches them
  #reads = null; // in a large conversation: how far each of the others has read, without names
  #joined = new Map(); // user → the seq at which they came

  apply({ people = [], reads = null, whole = false }) {
    if (whole) this.#people.clear();
    this.#reads = reads;
    for (const { user_id, read = 0, delivered = Infinity } of people) this.#people.set(user_id, { read, delivered });
  }

  join(user, seq) {
    this.#joined.set(user, Math.max(seq, this.#joined.get(user) ?? 0));
  }

  /** {read, delivered, waiting}: who of the others stands where with the message; null in a large conversation. */
  people(seq, me) {
    if (this.#reads) return null;
    const lists = { read: [], delivered: [], waiting: [] };
    for (const [user, { read, delivered }] of this.#people) {
      if (user === me || (this.#joined.get(user) ?? 0) > seq) continue;
      lists[read >= seq ? "read" : delivered >= seq ? "delivered" : "waiting"].push(user);
    }
    return lists;
  }

  /** {state, read, others}: `state` is that of the one who is furthest behind; null while nothing is told of anybody. */
  summary(seq, me) {
    if (this.#reads) return counted(this.#reads.filter((read) => read >= seq).length, 0, this.#reads.length);
    const { read, delivered, waiting } = this.people(seq, me);
    const others = read.length + delivered.length + waiting.length;
    return others ? counted(read.length, delivered.length, others) : null;
  }
}

function counted(read, delivered, others) {
  const state = read === others ? "read" : read + delivered === others ? "delivered" : "sent";
  return { state, read, others };
}

/** In words: of one other person that alone, of several how many. */
export function receiptWords(summary) {
  if (!summary) return "Sent";
  const { state, read, others } = summary;
  if (others > 1 && read) return `Read by ${read} of ${others}`;
  return { sent: "Sent", delivered: "Delivered", read: "Read" }[state];
}
