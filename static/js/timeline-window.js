/**
 * The window of seqs that a timeline shows: moves it ahead of the reader who scrolls, reads what it lacks, and keeps it
 * bounded.
 */

import { PAGE_CHANGES } from "./protocol.js";
import { STEP_LINES } from "./reading-places.js";

const LINES_MOST = 360;
const LOAD_AHEAD_PX = 1200;

export class TimelineWindow {
  #loading = new Set();

  /** `shown()` answers the place on screen and its conversation, {place, conversation}; `moved()` is called when there is more to draw. */
  constructor(sync, scroller, { shown, moved }) {
    Object.assign(this, { sync, scroller, shown, moved });
  }

  /** What will soon be in sight. */
  loadAhead() {
    if (this.scroller.pastBegin < LOAD_AHEAD_PX) this.#loadEarlier(this.shown());
    if (this.scroller.pastEnd < LOAD_AHEAD_PX) this.#loadLater(this.shown());
    const gap = this.scroller.timeline.querySelector(".gap");
    if (gap && !this.#loading.has("gap") && this.scroller.isNear(gap, LOAD_AHEAD_PX / 2)) this.fill(gap.item);
  }

  /** Holds at most LINES_MOST: what leaves is far above, or far below the reader. */
  trim(place, { head }) {
    const last = place.last ?? head;
    if (last - place.first < LINES_MOST) return;
    if (place.following) place.first = last - LINES_MOST + STEP_LINES;
    else if (this.scroller.pastEnd > 3 * LOAD_AHEAD_PX) place.last = place.first + LINES_MOST - 1;
  }

  /** Of a gap the end that is looked at when coming from below. */
  async fill({ first, last }) {
    this.#loading.add("gap");
    const from = Math.max(first, last - PAGE_CHANGES + 1);
    const { id, log } = this.shown().conversation;
    await this.sync.fill(id, from, last).catch(() => {});
    this.#loading.delete("gap");
    // Without anything new there is nothing to draw: drawing would ask for it again, at once and for ever.
    if (log.has(from)) this.moved();
  }

  async #loadEarlier({ place, conversation }) {
    const log = conversation?.log;
    if (!log || place.first <= 1) return;
    const first = Math.max(1, place.first - STEP_LINES);
    if (!log.covers(first, place.first - 1)) await this.#load("earlier", conversation.id, { before: place.first, limit: STEP_LINES * 2 });
    if (place !== this.shown().place || !log.covers(first, place.first - 1)) return;
    place.first = first;
    this.moved();
  }

  async #loadLater({ place, conversation }) {
    if (!conversation || place.last === null) return;
    const from = place.last;
    const last = Math.min(conversation.head, from + STEP_LINES);
    const missing = !conversation.log.covers(from + 1, last);
    if (missing) await this.#load("later", conversation.id, { after: from, limit: STEP_LINES * 2 });
    // The reader may have gone to the newest line meanwhile.
    if (place !== this.shown().place || place.last !== from || !conversation.log.covers(from + 1, last)) return;
    place.last = last >= conversation.head ? null : last;
    if (last - place.first >= LINES_MOST) place.first = last - LINES_MOST + 1;
    this.moved();
  }

  async #load(direction, id, range) {
    if (this.#loading.has(direction)) return;
    this.#loading.add(direction);
    try {
      await this.sync.fetch(id, range);
    } catch {
      // The connection line says why; scrolling asks again.
    } finally {
      this.#loading.delete(direction);
    }
  }
}
