/** What makes the number on a badge, in words: "3 unread, first by Ann: “See you there”". */

import { isolate } from "./labels.js";
import { previewText } from "./previews.js";
import { isMessage } from "./protocol.js";

const LOOK_AHEAD = 30;

/** The first message of somebody else above the mark, as far as the changes from there on are held; else null. */
function firstUnread({ log, read }, me) {
  const range = log.rangeAt(read + 1);
  for (const change of range ? log.between(read + 1, range[1]) : []) {
    if (isMessage(change) && change.author_id !== me) return change;
  }
  return null;
}

/** `app` is {me, store, sync, directory}. Reads the message if it is not held; without it says the number alone. */
export async function unreadWords({ me, store, sync, directory }, id) {
  const conversation = store.get(id);
  const first = () => firstUnread(conversation, me);
  if (!first()) await sync.fetch(id, { after: conversation.read, limit: LOOK_AHEAD }).catch(() => {});
  const message = first();
  const count = `${conversation.unread} unread`;
  if (!message) return count;
  const { deleted, ...shown } = conversation.annotations.shown(message);
  const words = deleted ? "a deleted message" : `“${isolate(previewText(shown))}”`;
  const name = conversation.kind === "direct" ? "" : ` by ${isolate(directory.name(message.author_id) ?? "someone")}`;
  return `${count}, first${name}: ${words}`;
}
