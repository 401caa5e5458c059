/**
 * Sounds and the browser's notifications for messages that nobody has seen yet, as this device may make them and its
 * user wants to hear of them. A message that is on screen somewhere is read by then and makes none. Those of one
 * conversation that were missed make one together.
 */

import { isQuiet, wants } from "./attention-rules.js";
import { burstWords } from "./burst-words.js";
import { recall, remember } from "./device-memory.js";
import { isolate } from "./labels.js";
import { MissedMessages } from "./missed-messages.js";
import { previewText } from "./previews.js";
import { isMessage } from "./protocol.js";
import { ShownNotices } from "./shown-notices.js";

const SEEN_WITHIN_MS = 1_200;
const HELD_MS = 5_000; // one page of several gives the notice
const SOUND_PAUSE_MS = 2_000;
const NOTES_HZ = [660, 880];

/** What this device may do, chosen in the settings: `sound` and `notifications`. */
export const choices = {
  has: (name) => recall(`parley.${name}`) === "on",
  set: (name, isOn) => remember(`parley.${name}`, isOn ? "on" : "off"),
};

const isAllowed = () => choices.has("sound") || choices.has("notifications");

export class Notices {
  #sounded = -SOUND_PAUSE_MS;

  /** `me` is the id of the user; `open(id)` opens a conversation; `channel` leads to their other pages here, or is null. */
  constructor({ store, directory, sync, me, open, channel }) {
    Object.assign(this, { store, directory, me, channel });
    this.shown = new ShownNotices({ store, open, words: (changes, more) => this.#words(changes, more) });
    this.missed = new MissedMessages({ store, sync, me, isAllowed, hear: (changes, more) => this.#once(changes, more) });
    store.subscribe(({ type, change }) => change && this.missed.take(change) && (type === "message.hinted" || isMessage(change)) && this.#hear(change));
    channel?.addEventListener("message", ({ data }) => this.missed.leave(data.conversation_id, data.seq));
  }

  #hear(change) {
    if (change.author_id === this.me || !isAllowed()) return;
    const conversation = this.store.get(change.conversation_id);
    if (conversation && !wants(conversation, change, this.me)) return; // nor when it is unmuted in a moment
    setTimeout(() => this.#isToBeHeard(change) && this.#once([change]), SEEN_WITHIN_MS);
  }

  #isToBeHeard(change) {
    const conversation = this.store.get(change.conversation_id);
    const isUnread = conversation && change.seq > conversation.read && !conversation.annotations.shown(change).deleted;
    return isUnread && wants(conversation, change, this.me) && !isQuiet(this.store.quietHours, new Date());
  }

  /** Of several open pages only the first that comes. */
  #once(changes, more) {
    if (!navigator.locks) return this.#give(changes, more);
    return navigator.locks.request(`parley-notice-${changes.at(-1).id}`, { ifAvailable: true }, (lock) => {
      if (!lock) return undefined;
      this.#give(changes, more);
      return new Promise((resolve) => setTimeout(resolve, HELD_MS));
    });
  }

  #give(changes, more) {
    const { conversation_id, seq } = changes.at(-1);
    this.channel?.postMessage({ conversation_id, seq });
    if (choices.has("sound") && performance.now() - this.#sounded > SOUND_PAUSE_MS) {
      this.#sounded = performance.now();
      playNotes();
    }
    if (choices.has("notifications") && !document.hasFocus()) this.shown.show(changes, more);
  }

  /** Title and text: of a single one what it says, of several how many and from whom. */
  #words(changes, { isMore = false } = {}) {
    const { kind, name } = this.store.get(changes[0].conversation_id);
    const authors = changes.map(({ author_id }) => this.directory.name(author_id) ?? "Someone");
    if (changes.length > 1 || isMore) return [name, `${isMore ? "More than " : ""}${burstWords(authors)}`];
    return [kind === "direct" ? name : `${isolate(authors[0])} · ${isolate(name)}`, previewText(this.store.get(changes[0].conversation_id).annotations.shown(changes[0]))];
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
