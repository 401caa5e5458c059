/**
 * What this page knows: conversations, their changes, positions and read marks; and apply(event), the only way the wire
 * changes it. Applying an event twice, or late, changes nothing. Pure: no document, no network, no clock.
 */

import { USUAL } from "./attention-rules.js";
import { ChangeLog } from "./change-log.js";
import { Annotations, Facts } from "./fold.js";
import { previewText } from "./previews.js";
import { doesMention, isChange, isMessage } from "./protocol.js";
import { Receipts } from "./receipts.js";

class Conversation {
  constructor(id) {
    this.id = id;
    this.kind = null; // not known until REST or the page tells
    this.name = "";
    this.otherId = null;
    this.description = "";
    this.membersCount = null;
    this.role = null;
    this.slowSeconds = 0;
    this.draft = { text: "", written_at: null };
    this.reports = 0; // open ones that wait for this user
    this.saved = new Set(); // seqs, of what this user saved
    this.unread = 0;
    this.mentions = 0; // of the unread ones
    this.movedAt = null; // when it last changed
    this.preview = null;
    this.attention = USUAL;
    this.forgetNumbers();
    this.isForgotten = false;
  }

  /** What is known by number was of another epoch. What the list shows stays until the position says otherwise. */
  forgetNumbers() {
    this.head = 0;
    this.read = 0;
    this.turn = 0; // how often the mark was taken back
    this.log = new ChangeLog();
    this.annotations = new Annotations();
    this.facts = new Facts();
    this.receipts = new Receipts();
    this.isForgotten = true;
  }

  /** When it was last spoken in: who edits, reacts or joins lifts no conversation above others. */
  get lastAt() { return this.preview?.sent_at ?? this.movedAt; }
}

/** Of two marks the one with the higher turn is the newer, and of one turn the further. */
const isOlder = (mark, { read, turn = 0 }) => ((mark.turn ?? 0) - turn || mark.read - read) < 0;

export class Store {
  #listeners = new Set();
  /** The conversations that the positions now arriving have named. */
  #listed = new Set();

  /** `me` is the id of the signed-in user. */
  constructor(me) {
    this.me = me;
    this.conversations = new Map();
    this.gone = new Set();
    this.quietHours = null;
    this.isPartial = false; // holds a part of the list: a conversation may be unknown, and count elsewhere
    this.elsewhere = null; // what is unread in the conversations that are not held
    this.epoch = null; // of the history that all of this is from; null: not known yet
    this.invitations = 0; // that wait for this user
  }

  /** Calls back with ({type, conversation_id}) after each difference; returns the way to stop. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(id) { return this.conversations.get(id) ?? null; }

  /** What REST and the server-rendered page tell: kind, name, otherId, description, membersCount, role, as it was with
   * the change `since`. */
  describe(id, facts, since = 0) {
    this.gone.delete(id);
    const conversation = this.#conversation(id);
    if (since >= conversation.facts.since) conversation.facts = new Facts(since);
    for (const [name, value] of Object.entries(facts)) if (value !== undefined) conversation[name] = value;
    // What came while this was asked for may be newer.
    for (const change of conversation.log.between(since + 1, conversation.head)) this.#learn(conversation, change);
    this.#tell("conversation.described", id);
    return conversation;
  }

  /** Whether nothing that was said of the conversation itself may have been missed. */
  isDescribed(id) {
    const { facts, log, head } = this.get(id);
    return facts.since >= head || log.covers(facts.since + 1, head);
  }

  apply(event) {
    if (isChange(event)) return this.#applyChange(event, true);
    return this.#appliers[event.type]?.(event);
  }

  /** Where somebody spoke last first. */
  sorted() {
    const dated = [...this.conversations.values()].map((one) => [one.lastAt ?? "", one]);
    return dated.sort(([one], [other]) => Number(one < other) - Number(one > other)).map(([, one]) => one);
  }

  /** Mutes that are over at `now`, a Date, end. */
  endMutes(now) {
    for (const { id, attention } of this.conversations.values()) {
      if (!attention.is_muted || !attention.muted_until || new Date(attention.muted_until) > now) continue;
      this.apply({ type: "attention.changed", conversation_id: id, attention: { level: attention.level } });
    }
  }

  /** The read mark as this page moves it, before the server has said so. */
  markRead(id, seq) {
    const conversation = this.get(id);
    if (!conversation || seq <= conversation.read) return false;
    conversation.read = seq;
    this.#setUnread(conversation, seq >= conversation.head ? {} : conversation);
    this.#tell("read.marked", id);
    return true;
  }

  #appliers = {
    "welcome": ({ epoch }) => {
      this.#listed = new Set();
      this.#enterEpoch(epoch);
    },
    "history.page": (event) => {
      if (this.gone.has(event.conversation_id)) return;
      const conversation = this.#conversation(event.conversation_id);
      const { head } = conversation;
      for (const change of event.changes) this.#applyChange(change, false);
      for (const change of event.later) conversation.annotations.put(change);
      conversation.head = Math.max(conversation.head, event.head);
      this.#addUnread(conversation, this.#countOthers(conversation, Math.max(head, conversation.read) + 1));
      this.#tell("history.page", event.conversation_id);
    },
    "conversations.page": (event) => {
      for (const position of event.conversations) this.#applyPosition(position);
      if (!event.more && !event.ref) this.#dropUnlisted();
      this.#tell("conversations.page", null);
    },
    "unread.counted": ({ heard, heard_mentions }) => {
      this.elsewhere = { count: heard, mentions: heard_mentions };
      this.#tell("unread.counted", null);
    },
    "read.marked": (event) => {
      const conversation = this.get(event.conversation_id);
      if (!conversation || isOlder(event, conversation)) return;
      this.#moveMark(conversation, event);
      this.#setUnread(conversation, event);
      this.#tell("read.marked", event.conversation_id);
    },
    "attention.changed": (event) => {
      const conversation = this.get(event.conversation_id);
      if (!conversation) return;
      conversation.attention = { ...USUAL, ...event.attention };
      this.#tell("attention.changed", event.conversation_id);
    },
    "quiet_hours.changed": (event) => {
      this.quietHours = event.quiet_hours ?? null;
      this.#tell("quiet_hours.changed", null);
    },
    "draft.changed": ({ conversation_id, text, written_at }) => {
      const conversation = this.get(conversation_id);
      const known = conversation?.draft;
      // Of the same words the time is the server's: this clock may be ahead.
      if (known?.text === text) known.written_at = written_at;
      if (!known || (known.written_at && Date.parse(written_at) <= Date.parse(known.written_at))) return;
      conversation.draft = { text, written_at };
      this.#tell("draft.changed", conversation_id);
    },
    "saved.changed": ({ conversation_id, seq, is_saved }) => {
      const { saved } = this.get(conversation_id) ?? {};
      if (is_saved) saved?.add(seq);
      else saved?.delete(seq);
      this.#tell("saved.changed", conversation_id);
    },
    "reports.changed": ({ conversation_id, count }) => {
      const conversation = this.get(conversation_id);
      if (conversation) conversation.reports = count;
      this.#tell("reports.changed", conversation_id);
    },
    "invitations.changed": ({ count }) => {
      this.invitations = count;
      this.#tell("invitations.changed");
    },
    "receipts.changed": (event) => {
      this.get(event.conversation_id)?.receipts.apply(event);
      this.#tell("receipts.changed", event.conversation_id);
    },
    "conversation.hinted": (event) => {
      const conversation = this.get(event.conversation_id);
      if (conversation) this.#applyHint(conversation, event);
    },
    "conversation.added": (event) => {
      this.gone.delete(event.conversation_id);
      this.#listed.add(event.conversation_id);
      this.#conversation(event.conversation_id);
      this.#tell("conversation.added", event.conversation_id);
    },
    "conversation.removed": (event) => {
      this.conversations.delete(event.conversation_id);
      this.gone.add(event.conversation_id);
      this.#tell("conversation.removed", event.conversation_id);
    },
  };

  /** A restored history gives the numbers that we know to other changes: nothing counts that we remember by number. */
  #enterEpoch(epoch) {
    const hasBegun = this.epoch !== null && epoch !== undefined && epoch !== this.epoch;
    this.epoch = epoch ?? this.epoch;
    if (!hasBegun) return;
    for (const conversation of this.conversations.values()) conversation.forgetNumbers();
    this.#tell("epoch.begun", null);
  }

  #conversation(id) {
    let conversation = this.conversations.get(id);
    if (!conversation) {
      this.conversations.set(id, (conversation = new Conversation(id)));
      conversation.isForgotten = this.isPartial; // until its position has come
    }
    return conversation;
  }

  /** A change that comes after the news of our removal is no reason to show the conversation again. */
  #applyChange(change, live) {
    const id = change.conversation_id;
    if (this.gone.has(id)) return false;
    const conversation = this.#conversation(id);
    const isNew = change.seq > conversation.head;
    if (!conversation.log.put(change)) return false;
    conversation.annotations.put(change);
    this.#learn(conversation, change);
    if (change.type === "member.joined") conversation.receipts.join(change.user_id, change.seq);
    if (isNew) this.#advance(conversation, change);
    this.#renewPreview(conversation, change);
    if (live) {
      this.#settleUnread(conversation, change, isNew);
      this.#tell(change.type, id, change);
    }
    return true;
  }

  #learn(conversation, change) {
    const [about, said] = conversation.facts.put(change) ?? [];
    if (about === `role:${this.me}`) conversation.role = said;
    else if (about && !about.startsWith("role:")) conversation[about] = said;
  }

  #advance(conversation, change) {
    conversation.head = change.seq;
    if (change.sent_at > (conversation.movedAt ?? "")) conversation.movedAt = change.sent_at;
    // Whoever joins has nothing to read of what was before; the server counts alike.
    if (change.type === "member.joined" && change.user_id === this.me) conversation.read = change.seq;
    if (isMessage(change)) {
      const { author_id, sent_at, seq } = change;
      conversation.preview = { author_id, sent_at, seq };
    }
  }

  /** The newest message as it is now: sent, edited or deleted. */
  #renewPreview({ preview, log, annotations }, change) {
    const seq = change.target ?? change.seq;
    if (!preview || preview.seq !== seq) return;
    const shown = log.has(seq) ? annotations.shown(log.get(seq)) : { ...change, deleted: change.type === "message.deleted" };
    Object.assign(preview, { text: shown.deleted ? "" : previewText({ body: "", ...shown }), deleted: shown.deleted });
  }

  /** A page that begins after a hole is newer than what was held before it, which may have been edited meanwhile. */
  forgetBefore(id, seq) {
    this.get(id)?.log.dropBefore(seq);
    this.#tell("history.page", id);
  }

  /** A channel that is not shown moved on. Messages that are known already are not counted again. */
  #applyHint(conversation, { head, last_at, messages = [], previews = [] }) {
    const { id } = conversation;
    const fresh = messages.filter(({ seq }) => seq > conversation.head && seq > conversation.read).map((one) => ({ ...one, type: "message.sent" }));
    conversation.head = Math.max(conversation.head, head);
    if (last_at > (conversation.movedAt ?? "")) conversation.movedAt = last_at;
    for (const preview of previews) this.#hintPreview(conversation, preview);
    this.#addUnread(conversation, {
      unread: fresh.filter(({ author_id }) => author_id !== this.me).length,
      mentions: fresh.filter((message) => doesMention(message, this.me)).length,
    });
    this.#tell("conversation.hinted", id);
    for (const message of fresh) {
      const text = previews.find(({ seq }) => seq === message.seq)?.text ?? "";
      this.#tell("message.hinted", id, { ...message, conversation_id: id, id: `${id}.${message.seq}`, body: text });
    }
  }

  /** Of a message that is previewed already only what it says may be another. */
  #hintPreview(conversation, { deleted = false, ...preview }) {
    const held = conversation.preview;
    if (preview.seq > (held?.seq ?? 0)) conversation.preview = { ...preview, deleted };
    else if (preview.seq === held?.seq) Object.assign(held, { text: preview.text, deleted });
  }

  /** By counting where everything above the mark is held; else one more for each new message of another. */
  #settleUnread(conversation, change, isNew) {
    const isOthers = isNew && isMessage(change) && change.author_id !== this.me;
    this.#addUnread(conversation, { unread: Number(isOthers), mentions: Number(isNew && doesMention(change, this.me)) });
  }

  #addUnread(conversation, { unread, mentions }) {
    this.#setUnread(conversation, { unread: conversation.unread + unread, mentions: conversation.mentions + mentions });
  }

  /** By counting where everything above the mark is held, else as it is told. */
  #setUnread(conversation, { unread = 0, mentions = 0 }) {
    Object.assign(conversation, this.#countUnread(conversation) ?? { unread, mentions });
  }

  #countUnread(conversation) {
    if (conversation.read >= conversation.head) return { unread: 0, mentions: 0 };
    if (!conversation.log.covers(conversation.read + 1, conversation.head)) return null;
    return this.#countOthers(conversation, conversation.read + 1);
  }

  #countOthers(conversation, first) {
    const count = { unread: 0, mentions: 0 };
    for (const change of conversation.log.between(first, conversation.head)) {
      count.unread += Number(isMessage(change) && change.author_id !== this.me);
      count.mentions += Number(doesMention(change, this.me));
    }
    return count;
  }

  /** A position may be older than a change that overtook it: what is further stays. */
  #applyPosition(position) {
    const id = position.conversation_id;
    this.#enterEpoch(position.epoch);
    this.gone.delete(id);
    this.#listed.add(id);
    const conversation = this.#conversation(id);
    conversation.attention = { ...USUAL, ...position.attention };
    if (conversation.isForgotten) return this.#applyFirstPosition(conversation, position);
    const isOvertaken = position.head < conversation.head;
    if (!isOvertaken) {
      conversation.head = position.head;
      conversation.preview = position.preview ? { ...position.preview } : conversation.preview;
      conversation.movedAt = position.last_at ?? conversation.movedAt;
    }
    // Of what came after it the page may know no more than how many they are.
    if (isOlder(position, conversation) || (isOvertaken && !isOlder(conversation, position))) return;
    this.#moveMark(conversation, position);
    const since = this.#countOthers(conversation, position.head + 1);
    this.#setUnread(conversation, { unread: position.unread + since.unread, mentions: (position.mentions ?? 0) + since.mentions });
  }

  /** Of another epoch: all of it counts, but for what was already told since. */
  #applyFirstPosition(conversation, position) {
    const { head, preview, movedAt } = conversation;
    const isOvertaken = head > position.head;
    const { read, turn = 0, unread, mentions = 0 } = position;
    Object.assign(conversation, { isForgotten: false, read, turn, head: Math.max(head, position.head) });
    Object.assign(conversation, isOvertaken ? { preview, movedAt } : { preview: position.preview ? { ...position.preview } : null, movedAt: position.last_at ?? null });
    const since = this.#countOthers(conversation, Math.max(position.head, read) + 1);
    this.#setUnread(conversation, { unread: unread + since.unread, mentions: mentions + since.mentions });
    this.#tell("conversation.renewed", conversation.id);
  }

  #moveMark(conversation, { read, turn = 0 }) {
    const isTakenBack = turn > conversation.turn;
    Object.assign(conversation, { read, turn });
    if (isTakenBack) this.#tell("read.taken_back", conversation.id);
  }

  /** Positions name every conversation of ours: one that is not among them was lost while we were away. */
  #dropUnlisted() {
    for (const id of this.conversations.keys()) {
      if (!this.#listed.has(id)) this.#appliers["conversation.removed"]({ conversation_id: id });
    }
    this.#listed = new Set();
  }

  #tell(type, conversation_id, change = null) {
    for (const listener of this.#listeners) listener({ type, conversation_id, change });
  }
}
