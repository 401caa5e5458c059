/**
 * One socket to the server, opened again for as long as it takes. Knows tickets, frames, heartbeats and close codes;
 * nothing of chat. Fires "frame" (detail: the decoded frame) and "state" (detail: the state).
 *
 * state: connecting | open | waiting (opens again by itself) | offline (the browser says so) | signed_out |
 * other_user (the browser is signed in as somebody else now) | stopped
 */

import { CLOSE, SUBPROTOCOL, ping } from "./protocol.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
const RESTART_PAUSE_MS = 5_000;
const RENEWAL_SECONDS = 1;
const OPEN_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 8_000;
const STEADY_MS = 10_000;

class SignedOut extends Error {}

export class Socket extends EventTarget {
  state = "stopped";
  restarting = false;
  #socket = null;
  #tries = 0;
  #timer = null; // the next opening
  #watch = null; // the silence of an open socket, or the time an opening may take
  #steady = null;
  #heartbeatMs = 25_000;
  #attempt = 0; // an answer to an older attempt is ignored

  /** `ticket` is an async function that answers a ticket, or throws; `url` the socket's address; `userId` whose it is. */
  constructor({ url, ticket, userId }) {
    super();
    this.url = url;
    this.ticket = ticket;
    this.userId = userId;
  }

  get isOpen() { return this.state === "open"; }

  start() {
    addEventListener("online", this.#onOnline);
    addEventListener("offline", this.#onOffline);
    addEventListener("pageshow", this.#onPageShow);
    document.addEventListener("visibilitychange", this.#onOnline);
    this.#open();
  }

  stop(state = "stopped") {
    removeEventListener("online", this.#onOnline);
    removeEventListener("offline", this.#onOffline);
    removeEventListener("pageshow", this.#onPageShow);
    document.removeEventListener("visibilitychange", this.#onOnline);
    this.#drop();
    this.#become(state);
  }

  /** False when the frame could not be handed to an open socket. */
  send(frame) {
    if (!this.isOpen || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Opens at once instead of after the pause. */
  retryNow() {
    if (this.state === "waiting" || this.state === "offline") this.#open();
  }

  #onOnline = () => {
    if (!document.hidden) this.retryNow();
    if (this.isOpen && !document.hidden) this.#probe();
  };

  #onOffline = () => {
    this.#drop();
    this.#become("offline");
  };

  /** A page that comes back from the browser's cache holds a dead socket. */
  #onPageShow = (event) => {
    if (event.persisted) this.#open();
  };

  async #open() {
    this.#drop();
    const attempt = this.#attempt;
    this.#become("connecting");
    // For the ticket too: a network that swallows everything answers nothing for minutes.
    this.#watch = setTimeout(() => this.#lost(), OPEN_TIMEOUT_MS);
    try {
      const ticket = await this.ticket();
      if (attempt !== this.#attempt) return;
      this.#attach(new WebSocket(this.url, [SUBPROTOCOL, `ticket.${ticket}`]));
    } catch (error) {
      if (attempt !== this.#attempt) return;
      clearTimeout(this.#watch);
      if (error instanceof SignedOut) this.stop("signed_out");
      else this.#wait(error.retryAfter);
    }
  }

  #attach(socket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => this.#lost(code);
  }

  #receive(data) {
    const frame = JSON.parse(data);
    // Never let one account's page speak with another's voice.
    if (frame.type === "welcome" && frame.user_id !== this.userId) return this.stop("other_user");
    if (frame.type === "welcome") this.#welcome(frame);
    this.#listen();
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    return undefined;
  }

  #welcome(frame) {
    this.#heartbeatMs = frame.heartbeat_seconds * 1000;
    this.restarting = false;
    // A socket that is cut soon after it opened has not ended the trouble: the pauses go on growing.
    this.#steady = setTimeout(() => { this.#tries = 0; }, STEADY_MS);
    this.#become("open");
  }

  /** After a silence of one heartbeat we ask; without an answer the socket is dead, whatever TCP says. */
  #listen() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#probe(), this.#heartbeatMs);
  }

  #probe() {
    clearTimeout(this.#watch);
    this.send(ping());
    this.#watch = setTimeout(() => this.#lost(), ANSWER_TIMEOUT_MS);
  }

  #lost(code = 1006) {
    this.#drop();
    if (code === CLOSE.BAD_FRAMES) return this.stop();
    this.restarting = code === CLOSE.RESTARTING || code === CLOSE.NEW_EPOCH;
    if (navigator.onLine === false) return this.#become("offline");
    // The session has ended, yet the browser may be about to get another, as after a change of password: the next ticket tells.
    return this.#wait(code === CLOSE.SIGNED_OUT ? RENEWAL_SECONDS : 0);
  }

  /** Pauses grow from half a second to twenty, each drawn at random so that a crowd does not return at once. */
  #wait(retryAfter = 0) {
    const ceiling = Math.max(this.restarting ? RESTART_PAUSE_MS : 0, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries));
    const pause = Math.max(retryAfter * 1000, ceiling * (0.3 + 0.7 * Math.random()));
    this.#tries += 1;
    this.#timer = setTimeout(() => this.#open(), pause);
    this.#become("waiting");
  }

  #drop() {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    clearTimeout(this.#steady);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}

export { SignedOut };
