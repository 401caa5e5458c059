/**
 * What is written, on its way out: messages, and what changes them. Strict order per conversation: the oldest waiting entry is sent, and the next only after
 * its answer; one whose file is still uploading (uploads.js) waits aside. All of it over reloads, restarts and tabs. Each has its key from the start, so sending again is harmless.
 * Fires "change" when entries differ, and "delayed" (detail: {conversation_id, message}) when one waits long because too much was written.
 *
 * Entries belong to a user: another account in the same browser neither sees nor sends them.
 */

import { PASSING_ERRORS, write } from "./protocol.js";
import { randomKey } from "./write-keys.js";

const ANSWER_TIMEOUT_MS = 10_000;
const UNAVAILABLE_PAUSE_MS = 2_000;
const SPREAD_MS = 1_000;
const LONG_WAIT_SECONDS = 5;
const LOST_TARGET = { code: "lost_target", message: "The server was restored from a backup, and what this was about is not there any more." };
/** What each write names by its number, which another message may have after a restore. */
const namedBy = ({ target, reply_to, source_seq }) => target ?? reply_to ?? source_seq;
const TOO_LATE = { type: "late" };

/** A little longer than the server asks for, so that not all come at once: not minutes longer, where slow mode asks for minutes. */
function pauseOf({ retry_after }) {
  const asked = retry_after ? retry_after * 1000 : UNAVAILABLE_PAUSE_MS;
  return asked + Math.random() * Math.min(asked / 2, SPREAD_MS);
}

export class Outbox extends EventTarget {
  #entries; // the store: see outbox-store.js
  #send; // (frame) → whether an open socket took it
  #list = [];
  #sent = new Map(); // key → entry, acknowledged and not yet seen in the timeline
  #draining = new Map(); // conversations this tab is sending for → whether to look again at the end
  #waiting = new Map(); // key → how to settle what is in flight
  #newKey;
  #channel;
  #locks;
  #history;

  /**
   * `history` says in which `epoch()` the server's is, and whether it `holds(conversation, seq, about)`. `locks` (Web Locks) let one tab at a
   * time send for a conversation; without them the keys keep it safe.
   */
  constructor({ userId, entries, send, newKey = randomKey, channel = null, locks = null, history = { epoch: () => null } }) {
    super();
    this.userId = userId;
    this.#entries = entries;
    this.#send = send;
    this.#newKey = newKey;
    this.#locks = locks;
    this.#history = history;
    this.#channel = channel;
    if (channel) channel.onmessage = () => this.refresh();
  }

  get isDurable() { return this.#entries.isDurable; }
  get list() { return this.#list; }

  /** In the order in which they were written; those acknowledged a moment ago are among them with their seq. */
  of(conversationId) {
    const waiting = this.#list.filter(({ key }) => !this.#sent.has(key)); // while it leaves the store it is in both
    return [...this.#sent.values(), ...waiting].filter((entry) => entry.conversation_id === conversationId);
  }

  /** Of what was acknowledged before a restore only the pages tell whether it is there; what waits may name what is not. */
  beginEpoch() {
    this.#sent.clear();
    this.refresh();
  }

  /** The timeline shows the change now. */
  seen(change) {
    if (this.#isMine(change)) this.#sent.delete(change.key);
  }

  /** Whoever writes chooses the key: another's change that has one of ours is theirs. */
  #isMine({ author_id }) { return author_id === this.userId; }

  /**
   * `fields` are those of the write, and `about`, the item's key of the message that it names. Resolves when it is kept
   * for good on this side; only then may the composer be emptied.
   */
  async add(conversationId, fields) {
    const entry = await this.#entries.add(this.#made(conversationId, fields));
    // It is kept, whatever comes now: whoever were told otherwise would write it again.
    await this.#changed().catch(() => {});
    return entry;
  }

  /** What was refused goes to the end of the queue, under a new key: the old one may have a place already. */
  async retry(key) {
    const entry = this.#list.find((one) => one.key === key);
    if (!entry) return;
    const { place, file_id, ...fields } = entry;
    if (await this.#entries.replace(key, this.#made(entry.conversation_id, fields))) await this.#changed();
  }

  #made(conversation_id, fields) {
    return {
      ...fields, epoch: fields.epoch ?? this.#history.epoch() ?? 0, key: this.#newKey(), user_id: this.userId, conversation_id,
      written_at: new Date().toISOString(), state: fields.blob ? "uploading" : "waiting", error: null,
    };
  }

  isWaiting(key, state) {
    return this.#list.some((entry) => entry.key === key && entry.state === state);
  }

  /** What has become known of an entry that is still here. */
  async update(key, fields) {
    const entry = (await this.#mine()).find((one) => one.key === key);
    if (!entry) return;
    await this.#entries.put({ ...entry, ...fields });
    await this.#changed();
  }

  /** What keeps entries for good has come late: what was kept elsewhere until now goes there. */
  async moveTo(entries) {
    const before = this.#entries;
    this.#entries = entries;
    try {
      for (const { place, ...entry } of await before.of(this.userId)) await entries.add(entry);
    } catch {
      this.#entries = before; // it takes nothing
    }
    await this.#changed();
  }

  async discard(key) {
    await this.#entries.remove(key);
    await this.#changed();
  }

  /** Reads again what waits, and sends what can be sent. */
  async refresh() {
    this.#list = await this.#mine();
    this.dispatchEvent(new Event("change"));
    this.drain();
  }

  /** Sends for every conversation that has something waiting; call it when a socket has opened. */
  drain() {
    const waiting = this.#list.filter((entry) => entry.state === "waiting");
    for (const id of new Set(waiting.map((entry) => entry.conversation_id))) this.#drainOne(id);
  }

  /** Acks, errors and our own messages end the wait of what is in flight. True when the frame was about an entry. */
  answer(frame) {
    const settle = (!frame.author_id || this.#isMine(frame)) && this.#waiting.get(frame.key);
    if (settle) settle(frame);
    return Boolean(settle);
  }

  /** The socket is gone: what is in flight is unknown, and will be sent again when one has opened. */
  interrupt() {
    for (const settle of [...this.#waiting.values()]) settle(null);
  }

  /** An entry of an earlier Parley names no type: it is a message. */
  async #mine() {
    return (await this.#entries.of(this.userId)).map((entry) => ({ type: "message.send", ...entry }));
  }

  async #drainOne(conversationId) {
    if (this.#draining.has(conversationId)) {
      this.#draining.set(conversationId, true);
      return;
    }
    this.#draining.set(conversationId, false);
    let again = false;
    try {
      const work = () => this.#drainHeld(conversationId);
      await (this.#locks?.request(`parley-outbox-${this.userId}-${conversationId}`, work) ?? work());
    } finally {
      again = this.#draining.get(conversationId);
      this.#draining.delete(conversationId);
    }
    if (again) await this.#drainOne(conversationId);
  }

  async #drainHeld(conversationId) {
    for (;;) {
      const entry = (await this.#mine()).find(
        (one) => one.conversation_id === conversationId && one.state === "waiting",
      );
      if (!entry || !(await this.#deliver(entry))) return;
    }
  }

  /** True to look for the next: the entry is settled, or is to be sent again on this socket. */
  async #deliver(kept) {
    const entry = await this.#asMeant(kept);
    if (!entry) return true;
    const answered = this.#answerTo(entry.key);
    if (!this.#send(write(entry))) this.#waiting.get(entry.key)(null);
    const frame = await answered;
    if (!frame) return false;
    if (frame.type === "error") await this.#refused(entry, frame);
    else if (frame !== TOO_LATE) await this.#stored(entry, frame);
    return true;
  }

  /** The entry as it may be sent in the epoch of now; null when it is not to be sent, as what it is about was lost. */
  async #asMeant(entry) {
    const { about, conversation_id, source_id } = entry;
    const now = this.#history.epoch() ?? 0;
    if (!namedBy(entry) || (about ? entry.epoch : 0) === now) return entry;
    const isThere = await this.#history.holds(source_id ?? conversation_id, namedBy(entry), about);
    if (!isThere && entry.type !== "message.send") return this.#keepWords(entry);
    // An answer to what was lost was lost with it: under its key nothing else was stored.
    const meant = { ...entry, epoch: now, ...(isThere ? {} : { reply_to: undefined }) };
    await this.#entries.put(meant);
    return meant;
  }

  /** Of what was to be done with a lost message only words are worth keeping: as a message that was not sent. */
  async #keepWords({ key, conversation_id, body }) {
    if (!body) await this.discard(key);
    else if (await this.#entries.replace(key, { ...this.#made(conversation_id, { type: "message.send", body }), state: "failed", error: LOST_TARGET })) await this.#changed();
    return null;
  }

  #answerTo(key) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#waiting.get(key)?.(TOO_LATE), ANSWER_TIMEOUT_MS);
      this.#waiting.set(key, (frame) => {
        clearTimeout(timer);
        this.#waiting.delete(key);
        resolve(frame);
      });
    });
  }

  async #stored(entry, { type, seq, sent_at }) {
    if (type === "ack") this.#sent.set(entry.key, { ...entry, state: "sent", seq, sent_at });
    await this.discard(entry.key);
  }

  async #refused(entry, frame) {
    if (!PASSING_ERRORS.has(frame.code)) return this.fail(entry, frame);
    if (frame.code === "rate_limited" && frame.retry_after >= LONG_WAIT_SECONDS) {
      this.dispatchEvent(new CustomEvent("delayed", { detail: { conversation_id: entry.conversation_id, message: frame.message } }));
    }
    await new Promise((resolve) => setTimeout(resolve, pauseOf(frame)));
  }

  /** It will not be sent as it is; whoever wrote it is told why. */
  fail({ key }, { code, message }) {
    return this.update(key, { state: "failed", error: { code, message } });
  }

  async #changed() {
    this.#channel?.postMessage("changed");
    await this.refresh();
  }
}
