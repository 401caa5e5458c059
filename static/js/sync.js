/**
 * Keeps the store at the server's state: hands frames to it, fetches the ranges that are missing and shown, sends read
 * marks, and learns what conversations are called. Knows no document.
 */

import { label } from "./labels.js";
import { Listing } from "./listing.js";
import {
  PAGE_CHANGES, PASSING_ERRORS, TYPING_SECONDS, getConversations, getHistory, isChange, markRead, markUnread, startTyping, watchConversation,
} from "./protocol.js";
import { ask, pages } from "./rest.js";
import { keyOf } from "./timeline-items.js";

const FIRST_PAGE = 60;
const GAP_PAUSE_MS = 700;
const ANSWER_TIMEOUT_MS = 10_000;
const MARK_PAUSE_MS = 250;
const RETRY_SECONDS = 5; // where the server does not say
const MARK_REF = "mark ";
const OWN_SPREAD_MS = 5_000; // all pages of a worker that restarts ask again

export class Sync extends EventTarget {
  #asked = new Map(); // ref → {resolve, reject, frame, timer}
  #fetching = new Map(); // what is under way → its promise
  #refs = 0;
  #marks = new Map(); // conversation → timer
  #heard = new Map(); // conversation → up to where all was told, before an interruption whose positions have not come
  #gapTimer = null;
  #shown = null;
  #typed = new Map(); // conversation → when we last said that we write there
  #describing = false;
  #hasMet = false; // a server has welcomed us before
  #isBack = false; // after an interruption, until the positions are here
  #describeAgain = false; // something new came while we were asking

  constructor({ store, socket, outbox, list = {} }) {
    super();
    Object.assign(this, { store, socket, outbox });
    this.listing = new Listing({ store, socket, seed: list, describe: (item) => this.describeOne(item, item.head) });
    this.listing.addEventListener("refreshed", () => this.#positionsCame());
    store.subscribe(({ type }) => type === "epoch.begun" && this.#forgetNumbers());
    socket.addEventListener("frame", ({ detail }) => this.#receive(detail));
    socket.addEventListener("state", () => this.#onState());
  }

  /** The conversation on screen: the only one whose gaps are filled unasked, and in which we see others write. */
  get shown() { return this.#shown; }

  set shown(id) {
    this.#shown = id;
    this.socket.send(watchConversation({ conversation_id: id }));
  }

  /** We are writing there. Said once in a while; the server drops what comes more often. */
  type(id) {
    const now = performance.now();
    if (now - (this.#typed.get(id) ?? -Infinity) < TYPING_SECONDS * 1000) return;
    if (this.socket.send(startTyping({ conversation_id: id }))) this.#typed.set(id, now);
  }

  /** A page of history into the store; resolves with the frame. Waits for a socket, and for a server that cannot answer now, as long as it takes. */
  fetch(conversation_id, { after, before, limit = PAGE_CHANGES } = {}) {
    const name = [conversation_id, after, before, limit].join();
    if (!this.#fetching.has(name)) {
      const page = this.#ask(conversation_id, { after, before, limit }).finally(() => this.#fetching.delete(name));
      this.#fetching.set(name, page);
    }
    return this.#fetching.get(name);
  }

  /** Whether the number still is of the message whose item's key is `about`. */
  async holds(id, seq, about) {
    const page = await this.fetch(id, { after: seq - 1, limit: 1 }).catch(() => null);
    return page?.changes[0]?.seq === seq && keyOf(page.changes[0]) === about;
  }

  /** Whether the newest lines are here already. */
  holdsNewest(id) {
    const { log, head } = this.store.get(id) ?? {};
    const range = head && log.rangeAt(head);
    return Boolean(range) && (range[0] === 1 || range[1] - range[0] >= FIRST_PAGE / 2);
  }

  async fetchNewest(id) {
    if (!this.holdsNewest(id)) await this.fetch(id, { limit: FIRST_PAGE });
  }

  /** Every change of first..last. */
  async fill(id, first, last) {
    while (first <= last) {
      const page = await this.fetch(id, { after: first - 1, limit: Math.min(PAGE_CHANGES, last - first + 1) });
      if (!page.changes.length) return;
      first = page.changes.at(-1).seq + 1;
    }
  }

  /** Everything up to seq was seen. Told to the server a moment later, the last of several only. */
  markRead(id, seq) {
    if (!this.store.get(id)?.unread || !this.store.markRead(id, seq) || this.#marks.has(id)) return;
    this.#marks.set(id, setTimeout(() => {
      this.#marks.delete(id);
      this.#sendMark(id);
    }, MARK_PAUSE_MS));
  }

  /** The reader goes elsewhere and has seen everything up to seq. */
  visited(id, seq) {
    if (this.store.markRead(id, seq)) this.#sendMark(id);
  }

  /** Everything from seq on is unread again; false without a connection. The store has it once the server says so. */
  markUnread(id, seq) {
    return this.socket.send(markUnread({ conversation_id: id, seq }));
  }

  /** REST says what conversations are called and who is in them. */
  async describe() {
    this.#describeAgain = true;
    if (this.#describing) return;
    this.#describing = true;
    while (this.#describeAgain) {
      this.#describeAgain = false;
      await this.#describeAll().catch(() => this.#describeIn(RETRY_SECONDS * 1000));
    }
    this.#describing = false;
  }

  /** Without a connection the next positions remind us. */
  #describeIn(pause) {
    setTimeout(() => this.socket.isOpen && this.describe(), pause);
  }

  /** What a group is, where that may have been missed, and how many are in it; the list of conversations does not tell. */
  async describeGroup(id) {
    const { kind, head, membersCount } = this.store.get(id);
    if (kind === "direct" || (membersCount && this.store.isDescribed(id))) return;
    const group = await ask(`/groups/${id}`).catch(() => null);
    if (group && this.store.get(id)) this.describeOne(group, head);
  }

  async #describeAll() {
    if (this.listing.isPartial) return void (await Promise.all([...this.store.conversations.keys()].map((id) => this.listing.load(id))));
    for await (const items of pages("/conversations?limit=200")) {
      for (const item of items) this.describeOne(item, item.head);
    }
  }

  describeOne(item, since) {
    const { kind, description, role, slow_seconds: slowSeconds } = item;
    const name = label(item.name, item.other_username);
    this.store.describe(item.id, { kind, name, description, role, slowSeconds, otherId: item.other_id ?? undefined, membersCount: item.members_count }, since);
  }

  #receive(frame) {
    if (isChange(frame) || frame.type === "ack" || frame.type === "error") this.outbox.answer(frame);
    if (frame.ref && this.#asked.has(frame.ref)) this.#answer(frame);
    if (frame.ref && this.listing.isAnswer(frame)) this.listing.answer(frame);
    if (frame.conversation_id && !this.store.get(frame.conversation_id)) this.#countElsewhere(frame);
    if (frame.type === "lagging") this.#interrupt();
    if (frame.type === "conversation.hinted") this.#checkHint(frame);
    this.store.apply(frame);
    if (frame.type === "welcome") this.listing.begin(frame);
    this.#after(frame);
  }

  /** What happened in a conversation that this page does not hold. */
  #countElsewhere({ type, conversation_id: id }) {
    if (!this.listing.isPartial) return;
    if (type === "conversation.hinted") this.listing.load(id);
    if (["read.marked", "attention.changed", "conversation.removed"].includes(type)) this.listing.count();
  }

  /** Nothing is known of the new epoch that could be missed, and no mark is to be sent for what was read in the old one. */
  #forgetNumbers() {
    this.#heard.clear();
    for (const timer of this.#marks.values()) clearTimeout(timer);
    this.#marks.clear();
    this.outbox.beginEpoch();
  }

  /** What is told from now on does not join what was told before; the positions say what lies between. */
  #interrupt() {
    for (const { id, head } of this.store.conversations.values()) if (!this.#heard.has(id)) this.#heard.set(id, head);
  }

  /** What happened from where we know of a channel to where the hint stands is not told. */
  #checkHint({ conversation_id: id, after }) {
    const head = this.store.get(id)?.head ?? 0;
    if (!this.#heard.has(id)) this.#heard.set(id, Math.min(after, head));
    if (after > head && !this.listing.isPartial) this.socket.send(getConversations());
    else if (after > head && this.store.get(id)) this.listing.load(id);
  }

  #after(frame) {
    if (isChange(frame)) this.outbox.seen(frame);
    if (frame.type === "history.page") for (const change of [...frame.changes, ...frame.later]) this.outbox.seen(change);
    // After joining, too: where one stands in a conversation that others have talked in, only the server knows.
    if ((frame.type === "lagging" || frame.type === "conversation.added") && !this.listing.isPartial) this.socket.send(getConversations());
    else if (frame.type === "lagging") this.listing.refresh();
    if (frame.type === "conversations.page") this.#catchUp(frame);
    if (frame.type === "conversation.hinted") this.#takeMissed(frame.conversation_id, frame.head);
    if (frame.type === "lagging" || (frame.type === "welcome" && this.#hasMet)) this.#comeBack();
    this.#hasMet ||= frame.type === "welcome";
    if (frame.type === "error" && frame.ref?.startsWith(MARK_REF)) this.#markAgain(frame);
    if (frame.unresolved) this.dispatchEvent(new CustomEvent("unresolved", { detail: frame }));
    if (frame.type === "typing.started") this.dispatchEvent(new CustomEvent("typing", { detail: frame }));
    if (isChange(frame) || frame.type === "ack") this.#watchGaps(frame.conversation_id);
    if (this.store.get(frame.conversation_id)?.kind === null) this.#learnOf(frame.conversation_id);
    if (frame.type.startsWith("member.")) this.#recount(frame);
  }

  #comeBack() {
    this.#isBack = true;
    setTimeout(() => this.#learnQuietHours(), Math.random() * OWN_SPREAD_MS);
  }

  /** They may have been changed elsewhere while we were away; no position tells. */
  async #learnQuietHours() {
    const me = await ask("/me").catch(() => null);
    if (me) this.store.apply({ type: "quiet_hours.changed", quiet_hours: me.quiet_hours });
  }

  /** Positions have come, after connecting or after lagging. */
  #catchUp(frame) {
    for (const position of frame.conversations) {
      const conversation = this.store.get(position.conversation_id);
      if (conversation.kind === null) this.#learnOf(conversation.id);
      if (conversation.turn === (position.turn ?? 0) && conversation.read > position.read) this.#sendMark(conversation.id);
      this.#takeMissed(conversation.id, position.head);
    }
    if (!frame.more && !this.listing.isPartial) this.#positionsCame();
  }

  #learnOf(id) {
    if (this.listing.isPartial) this.listing.load(id);
    else this.describe();
  }

  #positionsCame() {
    if (this.#isBack && this.#hasMissedFacts()) this.#describeIn(Math.random() * OWN_SPREAD_MS);
    this.#isBack = false;
    this.dispatchEvent(new Event("positions"));
  }

  /** While we were away a group may have got another name, or we another role in it. */
  #hasMissedFacts() {
    return [...this.store.conversations.values()].some(({ id, kind }) => kind !== null && kind !== "direct" && !this.store.isDescribed(id));
  }

  /** A conversation was heard up to somewhere, and stands at `head`. What comes live meanwhile says nothing of what lies between. */
  #takeMissed(id, head) {
    const heard = this.#heard.get(id);
    this.#heard.delete(id);
    const { log } = this.store.get(id) ?? {};
    if (!log?.last || heard === undefined || log.covers(heard + 1, head)) return;
    if (id === this.shown) this.#fetchMissed(id, heard, head);
    // What is held may have been changed by what was missed: it is read anew once it is looked at.
    else this.store.forgetBefore(id, head + 1);
  }

  /** All of it when it is little, else the newest page, and the hole shows as a gap. */
  async #fetchMissed(id, heard, head) {
    await this.#fetchSince(id, heard, head);
    if (this.store.get(id)) this.describeGroup(id);
  }

  async #fetchSince(id, heard, head) {
    if (head - heard <= 2 * PAGE_CHANGES) await this.fill(id, heard + 1, head).catch(() => {});
    else await this.fetch(id, { limit: FIRST_PAGE }).then(({ changes }) => changes.length && this.store.forgetBefore(id, changes[0].seq), () => {});
  }

  /** A number that is missing is waited for a moment, then fetched. */
  #watchGaps(id) {
    if (id !== this.shown || this.#gapTimer || !this.#recentGap(id)) return;
    this.#gapTimer = setTimeout(() => {
      this.#gapTimer = null;
      const gap = this.#recentGap(this.shown); // the reader may be elsewhere by now
      if (gap) this.fill(this.shown, ...gap).catch(() => {});
    }, GAP_PAUSE_MS);
  }

  /** Not before the first that is held of the last page: single messages from far up are there to be quoted. */
  #recentGap(id) {
    const { log, head } = this.store.get(id) ?? {};
    const recent = log?.ranges.find(([, last]) => last >= head - PAGE_CHANGES);
    return (recent && log.gaps(Math.max(recent[0], head - PAGE_CHANGES), head).at(-1)) ?? null;
  }

  #recount(frame) {
    const conversation = this.store.get(frame.conversation_id);
    const step = { "member.joined": 1, "member.left": -1, "member.removed": -1 }[frame.type] ?? 0;
    if (conversation?.membersCount) conversation.membersCount += step;
  }

  #sendMark(id) {
    const conversation = this.store.get(id);
    if (conversation) this.socket.send(markRead({ ref: MARK_REF + id, conversation_id: id, seq: conversation.read }));
  }

  /** A mark that the store could not take now; without a connection the next positions remind us. */
  #markAgain({ ref, code, retry_after = RETRY_SECONDS }) {
    const id = ref.slice(MARK_REF.length);
    if (PASSING_ERRORS.has(code)) setTimeout(() => this.#sendMark(id), retry_after * 1000);
  }

  #ask(conversation_id, { after, before, limit }) {
    this.#refs += 1;
    const ref = `h${this.#refs}`;
    return new Promise((resolve, reject) => {
      const frame = getHistory({ ref, conversation_id, after, before, limit });
      this.#asked.set(ref, { resolve, reject, frame, timer: null });
      this.#put(ref);
    });
  }

  #put(ref) {
    const asked = this.#asked.get(ref);
    if (!asked || !this.socket.send(asked.frame)) return;
    asked.timer = setTimeout(() => this.#put(ref), ANSWER_TIMEOUT_MS);
  }

  #answer(frame) {
    const asked = this.#asked.get(frame.ref);
    const { resolve, reject } = asked;
    clearTimeout(asked.timer);
    if (PASSING_ERRORS.has(frame.code)) {
      asked.timer = setTimeout(() => this.#put(frame.ref), (frame.retry_after ?? RETRY_SECONDS) * 1000 * (1 + Math.random() / 2));
      return;
    }
    this.#asked.delete(frame.ref);
    if (frame.type === "error") reject(new Error(frame.code));
    else queueMicrotask(() => resolve(frame)); // after the store has it
  }

  #onState() {
    if (this.socket.isOpen) {
      for (const ref of this.#asked.keys()) this.#put(ref);
      this.outbox.drain();
      if (this.#shown) this.socket.send(watchConversation({ conversation_id: this.#shown }));
      return;
    }
    for (const asked of this.#asked.values()) clearTimeout(asked.timer);
    this.#interrupt();
    this.outbox.interrupt();
  }
}
