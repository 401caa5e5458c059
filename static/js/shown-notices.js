/**
 * The browser's notifications that are open, one a conversation: it says what of its messages is still unread, and goes
 * when nothing is.
 */

export class ShownNotices {
  #shown = new Map(); // conversation → {notice, changes, more, words}

  /** `words(changes, more)` answers [title, body] of messages as they are now; `open(id)` opens a conversation. */
  constructor({ store, words, open }) {
    Object.assign(this, { store, words, open });
    store.subscribe(({ conversation_id }) => {
      for (const id of conversation_id ? [conversation_id] : [...this.#shown.keys()]) this.#follow(id);
    });
  }

  /** A new message is heard although a notification of its conversation is open already. */
  show(changes, more) {
    this.#show(changes[0].conversation_id, changes, more, { renotify: true });
  }

  #show(id, changes, more, how) {
    if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
    const [title, body] = this.words(changes, more);
    try {
      const notice = new Notification(title, { body, tag: id, ...how });
      this.#shown.set(id, { notice, changes, more, words: title + body });
      notice.addEventListener("close", () => this.#shown.get(id)?.notice === notice && this.#shown.delete(id));
      notice.addEventListener("click", () => {
        window.focus();
        this.open(id);
        notice.close();
      });
    } catch {
      // Phones show notifications from service workers only.
    }
  }

  /** It was read somewhere, edited or deleted. */
  #follow(id) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    const conversation = this.store.get(id);
    const changes = conversation ? shown.changes.filter((change) => change.seq > conversation.read && !this.#now(change).deleted) : [];
    if (!changes.length) {
      this.#shown.delete(id);
      shown.notice.close();
      return;
    }
    const [title, body] = this.words(changes, shown.more);
    if (title + body !== shown.words) this.#show(id, changes, shown.more, { silent: true });
  }

  #now(change) {
    return this.store.get(change.conversation_id).annotations.shown(change);
  }
}
