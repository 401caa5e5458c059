/**
 * Where what is unsent waits: IndexedDB, or this page's memory where the browser keeps nothing. Entries are
 * {place, key, user_id, conversation_id, type, ...its fields, written_at, state: "uploading" | "waiting" | "failed", error};
 * `place` is their order. One that carries a file has it as `blob`, and as `file` what is known of it.
 */

const DATABASE = "parley";
const VERSION = 1;
const ENTRIES = "outbox";
const OPEN_TIMEOUT_MS = 3_000;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const completed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });

async function open() {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    const entries = request.result.createObjectStore(ENTRIES, { keyPath: "place", autoIncrement: true });
    entries.createIndex("user_id", "user_id");
    entries.createIndex("key", "key", { unique: true });
  };
  return done(request);
}

class IndexedEntries {
  isDurable = true;
  #database;

  constructor(database) { this.#take(database); }

  #take(database) {
    this.#database = database;
    // Another tab with a newer Parley must not wait for this one.
    database.onversionchange = () => database.close();
  }

  /** Browsers close databases by themselves, as when their user clears what sites keep: then it is opened again. */
  async #begin(mode, options) {
    try {
      return this.#database.transaction(ENTRIES, mode, options);
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;
      this.#take(await open());
      return this.#database.transaction(ENTRIES, mode, options);
    }
  }

  /** Resolves when the entry is on the disk, not before. */
  async add(entry) {
    const transaction = await this.#begin("readwrite", { durability: "strict" });
    const added = transaction.objectStore(ENTRIES).add(entry);
    await completed(transaction);
    return { ...entry, place: added.result };
  }

  /** The entry at the end, in place of the one with `key`: both or nothing. Resolves with whether that one was there. */
  async replace(key, entry) {
    const transaction = await this.#begin("readwrite", { durability: "strict" });
    const entries = transaction.objectStore(ENTRIES);
    const place = await done(entries.index("key").getKey(key));
    if (place === undefined) return false;
    entries.delete(place);
    entries.add(entry);
    await completed(transaction);
    return true;
  }

  async put(entry) {
    await done((await this.#entries("readwrite")).put(entry));
  }

  async remove(key) {
    const entries = await this.#entries("readwrite");
    const place = await done(entries.index("key").getKey(key));
    if (place !== undefined) await done(entries.delete(place));
  }

  async of(userId) {
    return done((await this.#entries("readonly")).index("user_id").getAll(userId));
  }

  async #entries(mode) {
    return (await this.#begin(mode)).objectStore(ENTRIES);
  }
}

export class MemoryEntries {
  isDurable = false;
  #entries = new Map();
  #place = 0;

  async add(entry) {
    this.#place += 1;
    const placed = { ...entry, place: this.#place };
    this.#entries.set(entry.key, placed);
    return placed;
  }

  async replace(key, entry) {
    const isThere = this.#entries.delete(key);
    if (isThere) await this.add(entry);
    return isThere;
  }

  async put(entry) { this.#entries.set(entry.key, entry); }
  async remove(key) { this.#entries.delete(key); }

  async of(userId) {
    return [...this.#entries.values()].filter((entry) => entry.user_id === userId).sort((a, b) => a.place - b.place);
  }
}

const refusal = () =>
  new Promise((_, reject) => setTimeout(() => reject(new Error("no answer from IndexedDB")), OPEN_TIMEOUT_MS));

/** A browser that does not answer counts as one that keeps nothing; should it answer after all, `late` is given what does. */
export async function openEntries(late) {
  const opened = open().then((database) => new IndexedEntries(database));
  try {
    return await Promise.race([opened, refusal()]);
  } catch {
    opened.then(late, () => {});
    return new MemoryEntries();
  }
}
