/**
 * <slow-line>: that the conversation on screen is in slow mode, and how long its reader still waits to write. The server
 * decides; this keeps the words in the field until it would say yes.
 */

import { duration } from "./notes.js";
import { isMessage } from "./protocol.js";

const TICK_MS = 500;
const LOOKED_AT = 100;

export class SlowLine extends HTMLElement {
  #app = null;
  #id = null;
  #posted = new Map(); // conversation → when this page learned of our last message there
  #until = new Map(); // conversation → until when the server told us to wait
  #timer = null;

  connect(app) {
    this.#app = app;
    app.store.subscribe(({ type, conversation_id, change }) => {
      if (change?.author_id === app.me && isMessage(change)) this.#posted.set(conversation_id, Date.now());
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
    const posted = this.#lastPosted();
    const until = Math.max(posted ? posted + slowSeconds * 1000 : 0, this.#until.get(this.#id) ?? 0);
    return Math.max(0, Math.ceil((until - Date.now()) / 1000));
  }

  /** What has left the field counts as posted: it will be, as soon as it may. */
  #isOnItsWay() {
    const waits = (entry) => ["message.send", "message.forward"].includes(entry.type) && ["waiting", "uploading"].includes(entry.state);
    return this.#app.outbox.of(this.#id).some(waits);
  }

  /** Before this page heard of any it goes by what it holds; a clock that is wrong makes it wait no longer than once. */
  #lastPosted() {
    const known = this.#posted.get(this.#id);
    if (known) return known;
    const { log, head } = this.#app.store.get(this.#id);
    for (let seq = head; seq > Math.max(0, head - LOOKED_AT); seq -= 1) {
      const change = log.get(seq);
      if (change && isMessage(change) && change.author_id === this.#app.me) return Math.min(Date.parse(change.sent_at), Date.now());
    }
    return null;
  }

  #hear({ key, retry_after }) {
    const entry = this.#app.outbox.list.find((one) => one.key === key);
    if (entry) this.#until.set(entry.conversation_id, Date.now() + retry_after * 1000);
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
