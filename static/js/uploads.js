/**
 * Sends the files of the outbox ahead of their messages: one after the other, in chunks, from wherever the server says
 * that it stands; after a break, a reload or in another tab it goes on there. A file that has arrived makes its entry a
 * message like any other. Fires "progress" (detail: {key, share}), and "sent-as-file" (detail: {conversation_id, file,
 * reason}) when a picture could not be made anew.
 */

import { Problem } from "./rest.js";

const CHUNK_BYTES = { least: 65_536, first: 262_144, most: 1_048_576 };
const QUICK_MS = 1_000;
const SLOW_MS = 8_000;
const PAUSE_MS = 2_000;
const PAUSE_MOST_MS = 30_000;
// Worth another try, though the server answered: it had too much to do, or another tab was faster. So is a session that
// has ended: the browser may be about to get another, and else the page goes.
const PASSING = new Set([409, 429, 502, 503, 504]);
const FINAL = new Set(["quota_full", "storage_full", "key_reused"]);

const isPassing = (error) => !(error instanceof Problem) || (PASSING.has(error.status) && !FINAL.has(error.code));

export class Uploads extends EventTarget {
  #current = null; // {key, id, share, abort, isOver}: over is what the server has taken whole, or refused
  #chunkBytes = CHUNK_BYTES.first;
  #wake = () => {};

  /** `ask` is that of rest.js. `locks` keep two tabs from sending the same file; without them the offsets do. */
  constructor({ outbox, ask, locks = null }) {
    super();
    Object.assign(this, { outbox, ask, locks });
    outbox.addEventListener("change", () => this.#look());
  }

  /** How much of the entry's file has arrived, from 0 to 1. */
  share(key) { return this.#current?.key === key ? this.#current.share : 0; }

  /** There is a connection again: what paused goes on at once. */
  resume() {
    this.#wake();
    this.#look();
  }

  #look() {
    const waiting = this.outbox.list.filter((entry) => entry.state === "uploading");
    if (this.#current) {
      if (!this.#current.isOver && !waiting.some((entry) => entry.key === this.#current.key)) this.#giveUp();
    } else if (waiting.length) this.#run(waiting[0]);
  }

  /** Its entry is gone: so is the wish to send it. */
  #giveUp() {
    this.#current.abort.abort();
    this.#wake();
  }

  async #run(entry) {
    const current = { key: entry.key, id: null, share: 0, abort: new AbortController(), isOver: false };
    this.#current = current;
    try {
      await this.#alone(entry.key, () => this.#persist(entry, current));
    } finally {
      this.#current = null;
    }
    if (current.abort.signal.aborted && current.id) await this.ask(`/uploads/${current.id}`, { method: "DELETE" }).catch(() => {});
    this.#look();
  }

  #alone(key, work) {
    return this.locks?.request(`parley-upload-${key}`, work) ?? work();
  }

  /** Until it has arrived, was refused, or is not wanted any more. */
  async #persist(entry, current) {
    let pause = PAUSE_MS;
    while (!current.abort.signal.aborted && this.outbox.isWaiting(entry.key, "uploading")) {
      const before = current.share;
      try {
        return await this.#deliver(entry, current);
      } catch (error) {
        if (current.abort.signal.aborted) return undefined;
        if (!isPassing(error)) {
          current.isOver = true;
          return this.outbox.fail(entry, error);
        }
        if (current.share > before) pause = PAUSE_MS;
        await this.#rest((error.retryAfter ?? 0) * 1000 || pause);
        pause = Math.min(2 * pause, PAUSE_MOST_MS);
      }
    }
    return undefined;
  }

  #rest(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #deliver(entry, current) {
    const { conversation_id, key, blob, file } = entry;
    const { signal } = current.abort;
    // Not to be broken off: what has begun must be known to be given up.
    let upload = await this.ask("/uploads", { method: "POST", body: { conversation_id, key, name: file.name, size: blob.size } });
    current.id = upload.id;
    while (!upload.file_id) {
      this.#tell(current, upload.offset / blob.size);
      upload = await this.#sendChunk(upload, blob, signal);
    }
    current.isOver = true;
    await this.outbox.update(key, { state: "waiting", file_id: upload.file_id, file: upload.file });
    if (upload.sent_as_file) this.#announce("sent-as-file", { conversation_id, file: upload.file, reason: upload.sent_as_file });
  }

  async #sendChunk({ id, offset }, blob, signal) {
    const begun = performance.now();
    const upload = await this.ask(`/uploads/${id}`, {
      method: "PATCH", signal, bytes: blob.slice(offset, offset + this.#chunkBytes), headers: { "Upload-Offset": String(offset) },
    });
    this.#adapt(performance.now() - begun);
    return upload;
  }

  /** Chunks as large as go through in a moment: what breaks off is sent again. */
  #adapt(milliseconds) {
    if (milliseconds < QUICK_MS) this.#chunkBytes = Math.min(2 * this.#chunkBytes, CHUNK_BYTES.most);
    if (milliseconds > SLOW_MS) this.#chunkBytes = Math.max(this.#chunkBytes / 2, CHUNK_BYTES.least);
  }

  #tell(current, share) {
    current.share = share;
    this.#announce("progress", { key: current.key, share });
  }

  #announce(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
