/**
 * Says new messages aloud to a screen reader, politely: those of one moment are one announcement, and announcements keep
 * a distance. Who wrote what of a single one; of several of a conversation, how many and from whom.
 */

import { spokenFile } from "./attachments.js";
import { burstWords } from "./burst-words.js";
import { isolate } from "./labels.js";
import { isMessage } from "./protocol.js";

const MERGE_MS = 1_000;
const DISTANCE_MS = 3_000;
const CHARACTERS = 300;

export class Announcer {
  #changes = [];
  #timer = null; // until the next announcement, or until there may be one

  /**
   * `region` is a live region, `nameOf` answers the name of a user, `placeOf` what a conversation is called where that
   * need be said, else null, and `amountOf` how much is said of a change: "all", "count" or "nothing".
   */
  constructor(region, { nameOf, placeOf, amountOf }) {
    Object.assign(this, { region, nameOf, placeOf, amountOf });
  }

  add(change) {
    if (!isMessage(change) || this.amountOf(change) === "nothing") return;
    this.#changes.push(change);
    this.#timer ??= setTimeout(() => this.#announce(this.#changes.splice(0)), MERGE_MS);
  }

  /** What was just done. */
  say(text) {
    this.region.textContent = text;
  }

  #announce(changes) {
    this.#timer = setTimeout(() => this.#goOn(), DISTANCE_MS - MERGE_MS);
    const bursts = Map.groupBy(changes, (change) => change.conversation_id);
    this.say([...bursts.values()].map((burst) => this.#words(burst).slice(0, CHARACTERS)).join(". "));
  }

  #goOn() {
    this.#timer = this.#changes.length ? setTimeout(() => this.#announce(this.#changes.splice(0)), MERGE_MS) : null;
  }

  #words(burst) {
    const [{ conversation_id }] = burst;
    if (burst.length === 1 && this.amountOf(burst[0]) === "all") return this.#single(burst[0]);
    const place = this.placeOf(conversation_id);
    const words = burstWords(burst.map(({ author_id }) => this.#author(author_id)));
    return place ? `${words} in ${isolate(place)}` : words;
  }

  #single({ author_id, file, body }) {
    return `${isolate(this.#author(author_id))}: ${[file && spokenFile(file), body].filter(Boolean).join(", ")}`;
  }

  #author(id) {
    return this.nameOf(id) ?? "someone";
  }
}
