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

function open() {
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

  constructor(database) {
    this.database = database;
    // Another tab with a newer Parley must not wait for this one.
    database.onversionchange = () => database.close();
  }

  /** Resolves when the entry is on the disk, not before. */
  async add(entry) {
    const transaction = this.database.transaction(ENTRIES, "readwrite", { durability: "strict" });
    const added = transaction.objectStore(ENTRIES).add(entry);
    await completed(transaction);
    return { ...entry, place: added.result };
  }

  /** The entry at the end, in place of the one with `key`: both or nothing. Resolves with whether that one was there. */
  async replace(key, entry) {
    const transaction = this.database.transaction(ENTRIES, "readwrite", { durability: "strict" });
    const entries = transaction.objectStore(ENTRIES);
    const place = await done(entries.index("key").getKey(key));
    if (place === undefined) return false;
    entries.delete(place);
    entries.add(entry);
    await completed(transaction);
    return true;
  }

  async put(entry) {
    await done(this.#entries("readwrite").put(entry));
  }

  async remove(key) {
    const entries = this.#entries("readwrite");
    const place = await done(entries.index("key").getKey(key));
    if (place !== undefined) await done(entries.delete(place));
  }

  of(userId) {
    return done(this.#entries("readonly").index("user_id").getAll(userId));
  }

  #entries(mode) {
    return this.database.transaction(ENTRIES, mode).objectStore(ENTRIES);
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

/** A browser that never answers counts as one that keeps nothing. */
const refusal = () =>
  new Promise((_, reject) => setTimeout(() => reject(new Error("no answer from IndexedDB")), OPEN_TIMEOUT_MS));

export async function openEntries() {
  try {
    return new IndexedEntries(await Promise.race([open(), refusal()]));
  } catch {
    return new MemoryEntries();
  }
}
