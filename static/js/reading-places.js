/**
 * Where the reader is in each conversation, and what must be held before it can be shown: the newest lines, the unread
 * line, or a message that was asked for. Reads what is missing; draws and scrolls nothing.
 */

import { PAGE_CHANGES } from "./protocol.js";

export const STEP_LINES = 60;
const OPENING_LINES = 80;
const LINES_BEFORE_UNREAD = 20;

/**
 * `last` null: the window reaches to the newest line, whatever comes. `kept`: marked as unread, so nothing counts as read
 * until the reader comes again or goes to the newest line.
 */
const newPlace = () => ({ first: 0, last: null, following: true, anchor: null, unreadFrom: null, opened: false, kept: false });

export class ReadingPlaces {
  #places = new Map();

  /** `late(place)` is called when the newest lines have come for a place that was shown without them. */
  constructor({ store, sync, socket }, late) {
    Object.assign(this, { store, sync, socket, late });
  }

  of(id) { return this.#places.get(id); }

  /** Other messages are where the reader was; `shown` is entered again. */
  clear(shown) {
    this.#places.clear();
    if (shown) this.#places.set(shown, newPlace());
  }

  /** The reader comes to a conversation: the unread line is where it is now. */
  enter(id) {
    const place = this.#places.get(id) ?? newPlace();
    this.#places.set(id, place);
    const { unread, read, head } = this.store.get(id) ?? {};
    const missed = head > read ? { since: read, head } : null;
    // Nothing counts as seen until the view stands where it belongs.
    return Object.assign(place, { unreadFrom: unread ? read + 1 : null, missed, kept: false, known: place.opened, opened: false });
  }

  /** Where the reader left it, at the unread line (with `toUnread` always), or at `at`, a seq. */
  async prepare(id, place, { at, toUnread }) {
    if (toUnread && place.unreadFrom) return this.#prepareUnread(id, place);
    if (at) return this.prepareAt(id, place, at);
    if (place.known && !place.following) return this.#fillPlace(id, place);
    if (this.#beginsFarBack(id, place)) return this.#prepareUnread(id, place);
    return this.#prepareEnd(id, place);
  }

  toEnd(id, place) {
    const { log, head } = this.store.get(id);
    const range = log.rangeAt(head);
    Object.assign(place, { last: null, following: true, first: Math.max(range?.[0] ?? 1, head - OPENING_LINES + 1) });
  }

  async prepareAt(id, place, at) {
    const half = STEP_LINES / 2;
    const first = Math.max(1, at - half + 1);
    const last = at + half;
    const { log, head } = this.store.get(id);
    if (!log.covers(first, Math.min(last, head))) await this.sync.fetch(id, { after: first - 1, limit: STEP_LINES }).catch(() => {});
    const conversation = this.store.get(id);
    if (conversation) Object.assign(place, { first, last: last >= conversation.head ? null : last, following: false });
  }

  async #prepareUnread(id, place) {
    await this.prepareAt(id, place, place.unreadFrom);
    place.anchor = null;
  }

  /** What the reader had in sight, where it is not held any more. */
  async #fillPlace(id, { first, last }) {
    const { log, head } = this.store.get(id) ?? {};
    if (!log || log.covers(first, last ?? head) || !this.socket.isOpen) return;
    await this.sync.fill(id, first, last ?? head).catch(() => {});
  }

  /** More is unread than a page holds: it is read from its first line on, not from its last. */
  #beginsFarBack(id, { unreadFrom }) {
    const { head, log } = this.store.get(id) ?? {};
    if (!unreadFrom || head - unreadFrom < PAGE_CHANGES - LINES_BEFORE_UNREAD) return false;
    return this.socket.isOpen || log.covers(unreadFrom, unreadFrom + LINES_BEFORE_UNREAD);
  }

  async #prepareEnd(id, place) {
    if (!this.sync.holdsNewest(id)) {
      const fetched = this.sync.fetchNewest(id).catch(() => {});
      // Without a connection what is held and what waits is shown at once, with the rest as a gap.
      if (this.socket.isOpen) await fetched;
      else fetched.then(() => this.late(place));
    }
    if (!this.store.get(id)) return;
    this.toEnd(id, place);
    await this.#reachUnread(id, place);
  }

  async #reachUnread(id, place) {
    const { head, log } = this.store.get(id);
    if (!place.unreadFrom || head - place.unreadFrom >= PAGE_CHANGES) return;
    const from = Math.max(1, place.unreadFrom - LINES_BEFORE_UNREAD);
    const isHeld = log.covers(from, head);
    if (!isHeld && !this.socket.isOpen) return;
    if (!isHeld) await this.sync.fill(id, from, head).catch(() => {});
    place.first = Math.min(place.first, from);
  }
}
