/** Whether anybody looks at this page: away when it was hidden for a minute, or nobody did anything for five. */

import { setPresence } from "./protocol.js";

const IDLE_MS = 5 * 60_000;
const HIDDEN_MS = 60_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"];

export class Attendance {
  #isAway = false;
  #since = Date.now(); // when the last sign of somebody came
  #timer = null;

  constructor({ socket }) {
    this.socket = socket;
    for (const sign of SIGNS) addEventListener(sign, () => this.#onSign(), { capture: true, passive: true });
    document.addEventListener("visibilitychange", () => this.#onSign());
    socket.addEventListener("state", () => this.socket.isOpen && this.#isAway && this.#tell());
    this.#waitOn();
  }

  #onSign() {
    this.#since = Date.now();
    if (document.hidden) this.#waitOn();
    else this.#become(false);
  }

  #become(isAway) {
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    this.#tell();
    if (!isAway) this.#waitOn();
  }

  /** One timer for all signs: when it rings too early, it is set again for the rest. */
  #waitOn() {
    clearTimeout(this.#timer);
    const rest = this.#since + (document.hidden ? HIDDEN_MS : IDLE_MS) - Date.now();
    if (rest <= 0) this.#become(true);
    else this.#timer = setTimeout(() => this.#waitOn(), rest);
  }

  #tell() {
    this.socket.send(setPresence({ state: this.#isAway ? "away" : "active" }));
  }
}
