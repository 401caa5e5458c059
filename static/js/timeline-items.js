/**
 * The lines of a timeline, from changes and unsent entries: days, gaps, the unread line, notes, messages in bursts.
 * messaging/timeline.py makes the same lines on the server. Pure.
 *
 * An item is {key, type, ...}; the key stays the same while a message goes from waiting to stored.
 */

import { isMessage } from "./protocol.js";
import { dayOf } from "./times.js";

const BURST_MS = 5 * 60_000;

const ofChange = (change, me) =>
  isMessage(change)
    ? {
        type: "message", key: `k${change.key}`, seq: change.seq, authorId: change.author_id, at: change.sent_at,
        body: change.body, html: change.html ?? null, own: change.author_id === me, state: "stored",
      }
    : { type: "note", key: `n${change.seq}`, seq: change.seq, at: change.sent_at, change };

const ofEntry = (entry, me) => ({
  type: "message", key: `k${entry.key}`, seq: null, authorId: me, at: entry.sent_at ?? entry.written_at,
  body: entry.body, html: null, own: true, state: entry.state, error: entry.error, entryKey: entry.key,
});

const joins = (before, item) =>
  before?.type === "message" && item.type === "message" && before.authorId === item.authorId &&
  before.state !== "failed" && new Date(item.at) - new Date(before.at) < BURST_MS;

class Lines {
  items = [];
  #day = null;
  #before = null;

  constructor(unreadFrom) { this.unreadFrom = unreadFrom; }

  add(item) {
    this.#addDay(item);
    if (this.unreadFrom && item.type === "message" && !item.own && item.seq >= this.unreadFrom) this.#addUnread();
    item.first = !joins(this.#before, item);
    item.last = true;
    if (!item.first) this.#before.last = false;
    this.items.push(item);
    this.#before = item;
  }

  addGap(first, last) {
    this.items.push({ type: "gap", key: `g${first}`, first, last });
    this.#before = null;
  }

  #addDay(item) {
    const day = dayOf(item.at);
    if (day === this.#day) return;
    this.#day = day;
    this.items.push({ type: "day", key: `d${day}-${item.key}`, at: item.at });
    this.#before = null;
  }

  #addUnread() {
    this.items.push({ type: "new", key: "new" });
    this.unreadFrom = null;
    this.#before = null;
  }
}

/** `log` is a ChangeLog; [first, last] the window of seqs to show; `entries` what is unsent, shown at the end. */
export function timelineItems({ log, first, last, entries, me, unreadFrom }) {
  const lines = new Lines(unreadFrom);
  let next = first;
  const addRange = (to) => {
    for (const change of log.between(next, to)) if (change.type !== "void") lines.add(ofChange(change, me));
  };
  for (const [from, to] of log.gaps(first, last)) {
    addRange(from - 1);
    lines.addGap(from, to);
    next = to + 1;
  }
  addRange(last);
  // Stored and not yet out of the outbox: the timeline has it already.
  for (const entry of entries) if (!log.hasKey(entry.key)) lines.add(ofEntry(entry, me));
  return lines.items;
}
