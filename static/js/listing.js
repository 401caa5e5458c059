/**
 * Which part of a long list of conversations this page holds: all above `cursor`, and of those below it the ones that
 * something led to. Asks the server for more, for one that an event names, and for what is unread elsewhere. Only for
 * a server that leaves the asking to us (`welcome.positions`); with another everything comes by itself.
 */

import { PASSING_ERRORS, countUnread, getConversations } from "./protocol.js";
import { ask } from "./rest.js";

const PAGE_ROWS = 50;
const MAX_IDS = 200;
const COUNT_PAUSE_MS = 100;
const RETRY_MS = 5_000;
const REF = "list ";

const chunks = (ids) => Array.from({ length: Math.ceil(ids.length / MAX_IDS) }, (_, at) => ids.slice(at * MAX_IDS, (at + 1) * MAX_IDS));
const cursorOf = (next) => (next ? new URL(next, location.href).searchParams.get("cursor") : null);
const keyOf = ({ lastAt, id }) => `${lastAt ?? ""}_${id}`;

export class Listing extends EventTarget {
  #refs = 0;
  #asked = new Map(); // ref → how to go on with the answer
  #wanted = new Map(); // conversation → {promise, resolve}
  #timer = null;
  #filters = new Map(); // what is shown → the cursor of its next page, null after the last
  #loading = new Map(); // what is shown → the page on its way

  /** `seed` is {cursor, is_first, elsewhere} of the page; `describe(item)` gives what REST says to the store. */
  constructor({ store, socket, describe, seed = {} }) {
    super();
    Object.assign(this, { store, socket, describe });
    this.cursor = seed.cursor ?? null;
    this.isWhole = seed.is_first !== false; // from the newest on
    if (seed.elsewhere) store.apply({ type: "unread.counted", ...seed.elsewhere });
  }

  get isPartial() { return this.store.isPartial; }

  /** Whether the server has more of what is shown ("all", "unread", "people", "groups"). */
  hasMore(shown) { return this.cursor !== null && (shown === "all" || this.#filters.get(shown) !== null); }

  /** The welcome says who asks. */
  begin({ positions }) {
    this.store.isPartial = positions === "asked";
    for (const [ref, { reject }] of this.#asked) this.#asked.delete(ref) && reject(new Error("interrupted"));
    if (this.isPartial) return this.refresh();
    this.cursor = null;
    this.store.elsewhere = null;
  }

  answer(frame) {
    const asked = this.#asked.get(frame.ref);
    this.#asked.delete(frame.ref);
    if (frame.type === "error") asked?.reject(frame);
    else queueMicrotask(() => asked?.resolve(frame)); // after the store has it
  }

  /** Where everything stands that this page holds; what has come to the top meanwhile comes with it. */
  async refresh() {
    try {
      await this.#refresh();
      this.dispatchEvent(new Event("refreshed"));
    } catch (error) {
      if (PASSING_ERRORS.has(error.code)) setTimeout(() => this.socket.isOpen && this.refresh(), RETRY_MS);
    }
  }

  async #refresh() {
    const floor = this.isWhole ? this.cursor : "~";
    const held = new Set(this.store.conversations.keys());
    let next;
    do {
      const page = await this.#send(getConversations, { limit: PAGE_ROWS, cursor: next });
      for (const { conversation_id: id } of page.conversations) held.delete(id);
      this.#loadUnknown();
      next = page.next ?? null;
    } while (next && !(floor && next <= floor));
    this.cursor = next;
    this.isWhole = true;
    for (const ids of chunks([...held].filter((id) => this.store.get(id)))) await this.#refreshSome(ids);
    this.count();
  }

  async #refreshSome(ids) {
    const page = await this.#send(getConversations, { ids });
    const found = new Set(page.conversations.map((one) => one.conversation_id));
    for (const id of ids) if (!found.has(id)) this.store.apply({ type: "conversation.removed", conversation_id: id });
  }

  #loadUnknown() {
    for (const { id, kind } of this.store.conversations.values()) if (kind === null) this.load(id);
  }

  /** One conversation that the page does not hold; resolves once it does, or there is none. */
  load(id) {
    if (this.#wanted.has(id)) return this.#wanted.get(id).promise;
    if (!this.#wanted.size) setTimeout(() => this.#loadWanted());
    this.#wanted.set(id, Promise.withResolvers?.() ?? withResolvers());
    return this.#wanted.get(id).promise;
  }

  async #loadWanted() {
    const wanted = [...this.#wanted];
    for (const ids of chunks(wanted.map(([id]) => id))) {
      const { results } = await ask(`/conversations?ids=${ids.join(",")}`).catch(() => ({ results: null }));
      if (results) this.#takeAll(ids, results);
      else setTimeout(() => this.socket.isOpen && this.#loadUnknown(), RETRY_MS);
    }
    for (const [id, { resolve }] of wanted) this.#wanted.delete(id) && resolve();
    if (this.#wanted.size) this.#loadWanted();
  }

  /** Of one that is not among them we are no member. */
  #takeAll(ids, results) {
    this.take(results);
    const found = new Set(results.map(({ id }) => id));
    for (const id of ids) if (!found.has(id) && this.store.get(id)) this.store.apply({ type: "conversation.removed", conversation_id: id });
  }

  /** Rows of REST: what they are and where they stand. */
  take(items) {
    for (const item of items) {
      this.describe(item);
      const { id: conversation_id, epoch, head, read, unread, last_at, preview, turn, mentions, attention } = item;
      this.store.apply({
        type: "conversations.page", more: true,
        conversations: [{ conversation_id, epoch: epoch ?? this.store.epoch, head, read, unread, last_at, preview, turn, mentions, attention }],
      });
      if (item.draft) this.store.apply({ type: "draft.changed", conversation_id, ...item.draft });
    }
    this.count();
  }

  /** The next page of what is shown. */
  more(shown = "all") {
    if (!this.hasMore(shown)) return Promise.resolve();
    if (!this.#loading.has(shown)) this.#loading.set(shown, this.#more(shown).catch(() => {}).finally(() => this.#loading.delete(shown)));
    return this.#loading.get(shown);
  }

  async #more(shown) {
    const cursor = shown === "all" ? this.cursor : this.#filters.get(shown);
    const asked = new URLSearchParams({ limit: PAGE_ROWS, ...(cursor && { cursor }), ...(shown !== "all" && { show: shown }) });
    const { results, next } = await ask(`/conversations?${asked}`);
    if (shown === "all") this.cursor = cursorOf(next);
    else this.#filters.set(shown, cursorOf(next));
    this.take(results);
  }

  /** Those of the server's whose names contain the words. */
  async find(words) {
    if (!this.isPartial || this.cursor === null) return;
    const { results } = await ask(`/conversations?limit=8&search=${encodeURIComponent(words.slice(0, 64))}`).catch(() => ({ results: [] }));
    this.take(results.filter(({ id }) => !this.store.get(id)));
  }

  /** What is unread where this page does not look, a moment later. */
  count() {
    if (this.isPartial) this.#timer ??= setTimeout(() => this.#count(), COUNT_PAUSE_MS);
  }

  async #count() {
    this.#timer = null;
    const known = this.cursor === null ? [] : [...this.store.conversations.values()].filter((one) => keyOf(one) < this.cursor).map(({ id }) => id);
    if (this.cursor === null) this.store.apply({ type: "unread.counted", heard: 0, heard_mentions: 0 });
    else if (known.length > MAX_IDS) await this.more();
    else await this.#send(countUnread, { cursor: this.cursor, known }).catch(({ code }) => PASSING_ERRORS.has(code) && setTimeout(() => this.count(), RETRY_MS));
  }

  #send(make, fields) {
    const ref = `${REF}${(this.#refs += 1)}`;
    return new Promise((resolve, reject) => {
      this.#asked.set(ref, { resolve, reject });
      if (!this.socket.send(make({ ref, ...fields }))) this.#asked.delete(ref) && reject(new Error("closed"));
    });
  }

  /** Whether the frame answers what was asked here. */
  isAnswer({ ref }) { return this.#asked.has(ref); }
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
