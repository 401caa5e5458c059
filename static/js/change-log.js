/**
 * The changes of one conversation that this page holds, by seq, and the ranges they cover. A seq is held once; what
 * lies between the ranges is a gap. Pure.
 */

/** A key is its author's alone. */
export const writeName = (author, key) => `${author}.${key}`;

const nameOf = ({ author_id, key }) => writeName(author_id, key);

export class ChangeLog {
  changes = new Map();
  #keys = new Set();
  /** Ascending, disjoint, not touching: [first, last]. */
  ranges = [];

  get first() { return this.ranges[0]?.[0] ?? null; }
  get last() { return this.ranges.at(-1)?.[1] ?? 0; }

  has(seq) { return this.changes.has(seq); }
  get(seq) { return this.changes.get(seq); }

  /** Whether the write that `author` named `key` is held; another's key may be the same. */
  hasKey(author, key) { return this.#keys.has(writeName(author, key)); }

  /** Keeps the change; false when it was held already. */
  put(change) {
    if (this.changes.has(change.seq)) return false;
    this.changes.set(change.seq, change);
    this.#keys.add(nameOf(change));
    this.#cover(change.seq);
    return true;
  }

  /** Holds nothing below `seq` any more. */
  dropBefore(seq) {
    for (const [from, to] of this.ranges) {
      for (let one = from; one <= Math.min(to, seq - 1); one += 1) {
        this.#keys.delete(nameOf(this.changes.get(one)));
        this.changes.delete(one);
      }
    }
    this.ranges = this.ranges.filter(([, to]) => to >= seq).map(([from, to]) => [Math.max(from, seq), to]);
  }

  /** The range that holds `seq`, or null. */
  rangeAt(seq) {
    return this.ranges.find(([first, last]) => first <= seq && seq <= last) ?? null;
  }

  /** True when every seq of first..last is held. */
  covers(first, last) {
    if (first > last) return true;
    const range = this.rangeAt(first);
    return range !== null && range[1] >= last;
  }

  /** The missing ranges within first..last, ascending. */
  gaps(first, last) {
    const missing = [];
    let next = first;
    for (const [from, to] of this.ranges) {
      if (from > last) break;
      if (to < next) continue;
      if (from > next) missing.push([next, from - 1]);
      next = to + 1;
    }
    if (next <= last) missing.push([next, last]);
    return missing;
  }

  /** The held changes of first..last, ascending. */
  *between(first, last) {
    for (const [from, to] of this.ranges) {
      for (let seq = Math.max(from, first); seq <= Math.min(to, last); seq += 1) yield this.changes.get(seq);
    }
  }

  #cover(seq) {
    let at = this.ranges.length;
    while (at > 0 && this.ranges[at - 1][0] > seq) at -= 1;
    const before = this.ranges[at - 1];
    const after = this.ranges[at];
    const joinsBefore = before && before[1] === seq - 1;
    const joinsAfter = after && after[0] === seq + 1;
    if (joinsBefore && joinsAfter) {
      before[1] = after[1];
      this.ranges.splice(at, 1);
    } else if (joinsBefore) before[1] = seq;
    else if (joinsAfter) after[0] = seq;
    else this.ranges.splice(at, 0, [seq, seq]);
  }
}
