/**
 * Sounds and the browser's notifications for messages that nobody has seen yet, as this device may make them and its
 * user wants to hear of them. A message that is on screen somewhere is read by then and makes none.
 */

import { isQuiet, wants } from "./attention-rules.js";
import { previewText } from "./previews.js";

const SEEN_WITHIN_MS = 1_200;
const HELD_MS = 5_000; // one page of several gives the notice
const SOUND_PAUSE_MS = 2_000;
const NOTES_HZ = [660, 880];

/** What this device may do, chosen in the settings: `sound` and `notifications`. */
export const choices = {
  has: (name) => localStorage.getItem(`parley.${name}`) === "on",
  set: (name, isOn) => localStorage.setItem(`parley.${name}`, isOn ? "on" : "off"),
};

export class Notices {
  #sounded = 0;

  /** `me` is the id of the user; `open(id)` opens a conversation. */
  constructor({ store, directory, me, open }) {
    Object.assign(this, { store, directory, me, open });
    store.subscribe(({ type, change }) => (type === "message.sent" || type === "message.hinted") && change && this.#hear(change));
  }

  #hear(change) {
    if (change.author_id === this.me || !(choices.has("sound") || choices.has("notifications"))) return;
    const conversation = this.store.get(change.conversation_id);
    if (conversation && !wants(conversation, change, this.me)) return; // nor when it is unmuted in a moment
    setTimeout(() => this.#isToBeHeard(change) && this.#once(change), SEEN_WITHIN_MS);
  }

  #isToBeHeard(change) {
    const conversation = this.store.get(change.conversation_id);
    const isUnread = conversation && change.seq > conversation.read && !conversation.annotations.shown(change).deleted;
    return isUnread && wants(conversation, change, this.me) && !isQuiet(this.store.quietHours, new Date());
  }

  /** Of several open pages only the first that comes. */
  #once(change) {
    if (!navigator.locks) return this.#give(change);
    return navigator.locks.request(`parley-notice-${change.id}`, { ifAvailable: true }, (lock) => {
      if (!lock) return undefined;
      this.#give(change);
      return new Promise((resolve) => setTimeout(resolve, HELD_MS));
    });
  }

  #give(change) {
    if (choices.has("sound") && Date.now() - this.#sounded > SOUND_PAUSE_MS) {
      this.#sounded = Date.now();
      playNotes();
    }
    if (choices.has("notifications") && !document.hasFocus()) this.#show(change);
  }

  #show(change) {
    if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
    const { id, kind, name } = this.store.get(change.conversation_id);
    const author = this.directory.name(change.author_id) ?? "Someone";
    const title = kind === "direct" ? name : `${author} · ${name}`;
    try {
      const shown = new Notification(title, { body: previewText(change), tag: id });
      shown.addEventListener("click", () => {
        window.focus();
        this.open(id);
        shown.close();
      });
    } catch {
      // Phones show notifications from service workers only.
    }
  }
}

/** Two short notes. Before the first gesture on the page no browser plays any. */
export function playNotes() {
  if (!navigator.userActivation?.hasBeenActive || !globalThis.AudioContext) return;
  const audio = new AudioContext();
  const volume = audio.createGain();
  volume.connect(audio.destination);
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  for (const [index, hertz] of NOTES_HZ.entries()) {
    const note = Object.assign(audio.createOscillator(), { type: "sine" });
    note.frequency.value = hertz;
    note.connect(volume);
    note.start(audio.currentTime + index * 0.12);
    note.stop(audio.currentTime + 0.12 + index * 0.28);
  }
  setTimeout(() => audio.close(), 1_000);
}
