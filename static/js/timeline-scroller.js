/** How a timeline is scrolled: its scroller runs from the bottom (column-reverse), so 0 is the newest line. */

import { findAnchor, restoreAnchor } from "./timeline-anchor.js";

const NEAR_END_PX = 48;
const POINTED_MS = 2_500;

export class TimelineScroller {
  #anchor = null; // what stays where it is when the pane changes its size
  #lookedAt = 0; // where we stood when it was found

  constructor(lines, timeline) {
    Object.assign(this, { lines, timeline });
  }

  get pastEnd() { return -this.lines.scrollTop; }
  get pastBegin() { return this.#range + this.lines.scrollTop; }
  get #range() { return this.lines.scrollHeight - this.lines.clientHeight; }
  get atEnd() { return this.pastEnd < NEAR_END_PX; }
  get #wasAtEnd() { return -this.#lookedAt < NEAR_END_PX; }

  rowOf(seq) { return this.timeline.querySelector(`#m${seq}`); }

  /** The first message in sight, and where it stands. */
  find() { return findAnchor(this.lines, this.timeline); }

  look() { this.#keep(this.find()); }

  forget() { this.#anchor = null; }

  to(top) {
    this.lines.scrollTop = top;
    this.look();
  }

  restore(anchor) {
    if (restoreAnchor(this.lines, this.timeline, anchor)) this.#keep(anchor);
  }

  /** After the pane changed its size: the line stays. What was scrolled is not taken back, whether told of yet or not. */
  hold(isFollowing) {
    // Where there is no such place any more the browser itself had to scroll.
    const scrolled = -this.#lookedAt > this.#range + 1 ? 0 : this.lines.scrollTop - this.#lookedAt;
    if (isFollowing && this.#wasAtEnd && !scrolled) this.lines.scrollTop = 0;
    else this.restore(this.#anchor && { ...this.#anchor, top: this.#anchor.top - scrolled });
  }

  #keep(anchor) {
    this.#anchor = anchor;
    this.#lookedAt = this.lines.scrollTop;
  }

  isAbove(row) {
    return row.getBoundingClientRect().top < this.lines.getBoundingClientRect().top + 8;
  }

  /** In sight, or within so many pixels of it. */
  isNear(row, distance) {
    const { top, bottom } = row.getBoundingClientRect();
    const box = this.lines.getBoundingClientRect();
    return bottom > box.top - distance && top < box.bottom + distance;
  }

  /** Puts a row at a share of the height, without a glide. */
  align(row, share) {
    const box = this.lines.getBoundingClientRect();
    this.to(this.lines.scrollTop + row.getBoundingClientRect().top - box.top - box.height * share);
  }

  point(row) {
    this.align(row, 0.35);
    row.classList.add("pointed");
    row.focus({ preventScroll: true });
    setTimeout(() => row.classList.remove("pointed"), POINTED_MS);
  }
}
