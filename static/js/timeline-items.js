/**
 * The lines of a timeline, from changes and unsent entries: days, gaps, the unread line, notes, messages in bursts.
 * messaging/timeline.py makes the same lines on the server. Pure.
 *
 * An item is {key, type, ...}; the key is one item's alone and stays the same while a message goes from waiting to stored.
 */

import { writeName } from "./change-log.js";
import { previewText } from "./previews.js";
import { doesMention, isMessage } from "./protocol.js";
import { dayOf } from "./times.js";

const NOTHING_SHOWN = (change) => change.type === "void" || change.target;

const BURST_MS = 5 * 60_000;

/** What an unsent change makes of a message; `change` is the entry, where it is worth a mark. */
const foreseers = {
  "message.edit": (shown, entry) => ({ ...shown, body: entry.body, html: null, editedAt: entry.written_at, change: entry }),
  "message.delete": (shown, entry) => ({ ...shown, body: "", html: null, deleted: true, reactions: [], change: entry }),
  "message.pin": (shown) => ({ ...shown, pinned: true }),
  "message.unpin": (shown) => ({ ...shown, pinned: false }),
  "reaction.add": (shown, { emoji }, me) => ({ ...shown, reactions: withReaction(withoutReaction(shown.reactions, emoji, me), emoji, me) }),
  "reaction.remove": (shown, { emoji }, me) => ({ ...shown, reactions: withoutReaction(shown.reactions, emoji, me) }),
};

function withReaction(reactions, emoji, me) {
  if (!reactions.some((one) => one.emoji === emoji)) return [...reactions, { emoji, users: [me] }];
  return reactions.map((one) => (one.emoji === emoji ? { emoji, users: [...one.users, me] } : one));
}

const withoutReaction = (reactions, emoji, me) =>
  reactions
    .map((one) => (one.emoji === emoji ? { emoji, users: one.users.filter((id) => id !== me) } : one))
    .filter(({ users }) => users.length);

/** A refused change alters nothing, and says so. */
function foreseen(shown, entries, me) {
  return entries.reduce(
    (made, entry) => (entry.state === "failed" ? { ...made, change: entry } : foreseers[entry.type](made, entry, me)),
    shown,
  );
}

/** What a message answers: {seq, authorId, text, deleted}; only {seq} while that is not held. */
function quoteOf(seq, log, annotations) {
  const message = seq && log.get(seq);
  if (!message) return seq ? { seq } : null;
  const shown = annotations.shown(message);
  return { seq, authorId: message.author_id, text: shown.deleted ? "" : previewText(shown), deleted: shown.deleted };
}

/** A message's alone, whatever its number. */
export const keyOf = ({ author_id, key }) => `k${writeName(author_id, key)}`;

const ofMessage = (message, shown, quote, me) => ({
  type: "message", key: keyOf(message), seq: message.seq, authorId: message.author_id, at: message.sent_at,
  own: message.author_id === me, mentionsMe: doesMention(message, me), state: "stored", change: null, quote, forwarded: message.forwarded ?? null, ...shown,
});

const ofNote = (change) => ({ type: "note", key: `n${change.seq}`, seq: change.seq, at: change.sent_at, change });

const ofEntry = (entry, quote, me) => ({
  type: "message", key: `k${writeName(me, entry.key)}`, seq: null, authorId: me, at: entry.sent_at ?? entry.written_at,
  body: entry.body, html: null, own: true, state: entry.state, error: entry.error, entryKey: entry.key, change: null, quote, reactions: [],
  file: entry.file ?? null, blob: entry.blob, forwarded: entry.forwarded ?? null,
});

const joins = (before, item) =>
  before?.type === "message" && item.type === "message" && before.authorId === item.authorId &&
  before.state !== "failed" && new Date(item.at) - new Date(before.at) < BURST_MS;

class Lines {
  items = [];
  #day = null;
  #before = null;

  /** `missedFrom`, where no unread line is drawn: others changed something from there on. */
  constructor({ unreadFrom, missedFrom }) { Object.assign(this, { unreadFrom, missedFrom }); }

  add(item) {
    this.#addDay(item);
    if (this.unreadFrom && item.type === "message" && !item.own && item.seq >= this.unreadFrom) this.#addMark("New", this.unreadFrom);
    if (item.seq >= this.missedFrom) this.addMissed();
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

  /** Above the first line that the reader has not seen, or below all where only what stands there was changed. */
  addMissed() {
    if (this.missedFrom) this.#addMark("Since you were here", this.missedFrom);
  }

  #addMark(text, from) {
    this.items.push({ type: "new", key: "new", text, since: from - 1 });
    this.unreadFrom = this.missedFrom = null;
    this.#before = null;
  }
}

/** Whether others did anything but write messages. */
const hasMissed = (log, { since, head }, me) =>
  log.between(since + 1, head).some((change) => change.author_id !== me && !isMessage(change) && change.type !== "void");

/**
 * `log` is a ChangeLog, `annotations` what concerns its messages and `receipts` how far its readers have come; [first,
 * last] the window of seqs to show; `entries` what is unsent: messages are shown at the end, and only if `atEnd`, changes
 * of messages where these are. `missed` is {since, head}, between which the reader was away.
 */
export function timelineItems({ log, annotations, receipts = null, first, last, entries, atEnd = true, me, unreadFrom, missed = null }) {
  const hasOnlyMissed = missed && !unreadFrom && hasMissed(log, missed, me);
  const lines = new Lines({ unreadFrom, missedFrom: hasOnlyMissed ? missed.since + 1 : null });
  // Of a message that a restore lost its number may be another's.
  const isAbout = ({ target, about }, message) => target === message.seq && (!about || about === keyOf(message));
  const pending = (message) => entries.filter((entry) => isAbout(entry, message) && !log.hasKey(me, entry.key));
  let next = first;
  const quote = (seq) => quoteOf(seq, log, annotations);
  const itemOf = (change) =>
    isMessage(change)
      ? ofMessage(change, foreseen(annotations.shown(change), pending(change), me), quote(change.reply_to), me)
      : ofNote(change);
  const addRange = (to) => {
    for (const change of log.between(next, to)) {
      if (!NOTHING_SHOWN(change)) lines.add(itemOf(change));
    }
  };
  for (const [from, to] of log.gaps(first, last)) {
    addRange(from - 1);
    lines.addGap(from, to);
    next = to + 1;
  }
  addRange(last);
  if (last >= missed?.head) lines.addMissed();
  // Stored and not yet out of the outbox: the timeline has it already.
  const unsent = atEnd ? entries.filter((entry) => !entry.target && !log.hasKey(me, entry.key)) : [];
  for (const entry of unsent) lines.add(ofEntry(entry, quote(entry.reply_to), me));
  for (const item of lines.items) if (item.own && item.last && item.seq) item.receipt = receipts?.summary(item.seq, me);
  return lines.items;
}
