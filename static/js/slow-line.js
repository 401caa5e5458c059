/**
 * <slow-line>: that the conversation on screen is in slow mode, and how long its reader still waits to write. The server
 * decides; this keeps the words in the field until it would say yes.
 */

import { duration } from "./notes.js";
import { isMessage } from "./protocol.js";
import { SlowWait } from "./slow-wait.js";

const TICK_MS = 500;
const LOOKED_AT = 100;

export class SlowLine extends HTMLElement {
  #app = null;
  #id = null;
  #wait = new SlowWait();
  #timer = null;

  connect(app) {
    this.#app = app;
    app.store.subscribe(({ type, conversation_id, change }) => {
      if (change?.author_id === app.me && isMessage(change)) this.#wait.post(conversation_id, performance.now());
      if (conversation_id === this.#id || conversation_id === null || type === "conversation.described") this.#draw();
    });
    app.socket.addEventListener("frame", ({ detail }) => detail.code === "slow_mode" && this.#hear(detail));
    app.outbox.addEventListener("change", () => this.#draw());
  }

  show(id) {
    this.#id = id;
    this.#draw();
  }

  /** For how many seconds there is to wait; 0: for none. */
  get wait() {
    const { slowSeconds, role } = this.#app.store.get(this.#id) ?? {};
    if (!slowSeconds || role !== "member") return 0;
    if (this.#isOnItsWay()) return slowSeconds;
    if (!this.#wait.knows(this.#id)) this.#lookBack();
    return this.#wait.seconds(this.#id, slowSeconds, performance.now());
  }

  /** What has left the field counts as posted: it will be, as soon as it may. */
  #isOnItsWay() {
    const waits = (entry) => ["message.send", "message.forward"].includes(entry.type) && ["waiting", "uploading"].includes(entry.state);
    return this.#app.outbox.of(this.#id).some(waits);
  }

  /** Before this page heard of any it goes by what it holds; a clock that is wrong makes it wait no longer than once. */
  #lookBack() {
    const { log, head } = this.#app.store.get(this.#id);
    const last = [...log.between(head - LOOKED_AT, head)].findLast((change) => isMessage(change) && change.author_id === this.#app.me);
    if (last) this.#wait.post(this.#id, performance.now() - Math.max(0, Date.now() - Date.parse(last.sent_at)));
  }

  #hear({ key, retry_after }) {
    const entry = this.#app.outbox.list.find((one) => one.key === key);
    if (entry) this.#wait.refuse(entry.conversation_id, retry_after, performance.now());
    this.#draw();
  }

  #draw() {
    clearTimeout(this.#timer);
    const { slowSeconds, role, kind } = this.#app.store.get(this.#id) ?? {};
    this.hidden = !slowSeconds || kind === "channel";
    const { wait } = this;
    if (!wait) this.dispatchEvent(new Event("free"));
    if (this.hidden) return;
    const words = slowWords(slowSeconds, role, wait);
    if (this.textContent !== words) this.textContent = words;
    this.classList.toggle("waits", wait > 0);
    if (wait) this.#timer = setTimeout(() => this.#draw(), TICK_MS);
  }
}

function slowWords(slowSeconds, role, wait) {
  const rule = `Slow mode: ${duration(slowSeconds)} between two messages`;
  if (role !== "member") return `${rule}, but not for you.`;
  return wait ? `${rule}. You can write again in ${countdown(wait)}.` : `${rule}.`;
}

/** "0:09", "14:30": of one width, so that nothing jumps. */
export const countdown = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

customElements.define("slow-line", SlowLine);
