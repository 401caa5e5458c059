/** Says new messages aloud to a screen reader, politely: several within a second are one announcement. */

import { spokenFile } from "./attachments.js";
import { isMessage } from "./protocol.js";

const MERGE_MS = 1000;
const CHARACTERS = 300;

export class Announcer {
  #changes = [];

  /** `region` is a live region; `nameOf` answers the name of a user. */
  constructor(region, nameOf) {
    this.region = region;
    this.nameOf = nameOf;
  }

  add(change) {
    if (!isMessage(change)) return;
    this.#changes.push(change);
    if (this.#changes.length === 1) setTimeout(() => this.#say(this.#changes.splice(0)), MERGE_MS);
  }

  /** What was just done. */
  say(text) {
    this.region.textContent = text;
  }

  #say(changes) {
    const last = changes.at(-1);
    const name = this.nameOf(last.author_id) ?? "someone";
    const said = [last.file && spokenFile(last.file), last.body].filter(Boolean).join(", ");
    const text = changes.length === 1 ? `${name}: ${said}` : `${changes.length} new messages, the last by ${name}`;
    this.region.textContent = text.slice(0, CHARACTERS);
  }
}
