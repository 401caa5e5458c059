/**
 * The lines of a timeline, from changes and unsent entries: days, gaps, the unread line, notes, messages in bursts.
 * messaging/timeline.py makes the same lines on the server. Pure.
 *
 * An item is {key, type, ...}; the key stays the same while a message goes from waiting to stored.
 */

import { isMessage } from "./protocol.js";
import { dayOf } from "./times.js";

const NOTHING_SHOWN = (change) => change.type === "void" || change.target;

const BURST_MS = 5 * 60_000;

/** What an unsent edit or deletion makes of a message; `change` is the entry. A refused one alters nothing. */
function foreseen(shown, entry) {
  if (!entry) return shown;
  if (entry.state === "failed") return { ...shown, change: entry };
  if (entry.type === "message.delete") return { ...shown, body: "", html: null, deleted: true, change: entry };
  return { ...shown, body: entry.body, html: null, editedAt: entry.written_at, change: entry };
}

const ofMessage = (message, shown, me) => ({
  type: "message", key: `k${message.key}`, seq: message.seq, authorId: message.author_id, at: message.sent_at,
  own: message.author_id === me, state: "stored", change: null, ...shown,
});

const ofNote = (change) => ({ type: "note", key: `n${change.seq}`, seq: change.seq, at: change.sent_at, change });

const ofEntry = (entry, me) => ({
  type: "message", key: `k${entry.key}`, seq: null, authorId: me, at: entry.sent_at ?? entry.written_at,
  body: entry.body, html: null, own: true, state: entry.state, error: entry.error, entryKey: entry.key, change: null,
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

/**
 * `log` is a ChangeLog and `annotations` what concerns its messages; [first, last] the window of seqs to show; `entries`
 * what is unsent: messages are shown at the end, and only if `atEnd`, changes of messages where these are.
 */
export function timelineItems({ log, annotations, first, last, entries, atEnd = true, me, unreadFrom }) {
  const lines = new Lines(unreadFrom);
  const pending = new Map(entries.filter((entry) => entry.target).map((entry) => [entry.target, entry]));
  let next = first;
  const itemOf = (change) =>
    isMessage(change) ? ofMessage(change, foreseen(annotations.shown(change), pending.get(change.seq)), me) : ofNote(change);
  const addRange = (to) => {
    for (const change of log.between(next, to)) if (!NOTHING_SHOWN(change)) lines.add(itemOf(change));
  };
  for (const [from, to] of log.gaps(first, last)) {
    addRange(from - 1);
    lines.addGap(from, to);
    next = to + 1;
  }
  addRange(last);
  // Stored and not yet out of the outbox: the timeline has it already.
  const unsent = atEnd ? entries.filter((entry) => !entry.target && !log.hasKey(entry.key)) : [];
  for (const entry of unsent) lines.add(ofEntry(entry, me));
  return lines.items;
}
