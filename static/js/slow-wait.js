/**
 * How long the user still waits in slow mode, in each conversation: since their last message there, and as the server
 * told them. `now`, in milliseconds, is of a clock that nobody sets: else one that is set would stretch the wait. Pure.
 */

export class SlowWait {
  #posted = new Map(); // conversation → when their last message there was
  #until = new Map(); // conversation → until when the server told them to wait

  knows(id) { return this.#posted.has(id); }

  post(id, now) { this.#posted.set(id, now); }

  refuse(id, seconds, now) { this.#until.set(id, now + seconds * 1000); }

  /** Whole seconds; 0: no time. */
  seconds(id, slowSeconds, now) {
    const until = Math.max((this.#posted.get(id) ?? -Infinity) + slowSeconds * 1000, this.#until.get(id) ?? -Infinity);
    return Math.max(0, Math.ceil((until - now) / 1000));
  }
}
