// Given a life of a conversation (tests/messaging/test_stale_and_fresh.py): every page read early, with what was told
// since, must show in the browser's store what a page read late shows there, and what the server's own fold shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Store } from "../../static/js/store.js";

const life = JSON.parse(readFileSync(process.argv[2], "utf8"));
const READER = Object.keys(life.facts.at(-1)).find((about) => about.startsWith("role:")).slice("role:".length);
const ROOM = life.told[0].conversation_id;

function storeOf(page, events, { [`role:${READER}`]: role, slow_seconds: slowSeconds, ...facts } = {}) {
  const store = new Store(READER);
  store.describe(ROOM, { kind: "group", ...facts, role, slowSeconds }, page.head);
  store.apply({ type: "history.page", conversation_id: ROOM, ...page });
  for (const event of events) store.apply(event);
  return store.get(ROOM);
}

/** What is said of the conversation itself; the reader is the one whose role was changed. */
const facts = ({ name, description, kind, role, slowSeconds }) => ({ name, description, kind, slow_seconds: slowSeconds, [`role:${READER}`]: role });

const shown = ({ log, annotations }) => {
  const messages = [...log.changes.values()].filter((change) => change.type === "message.sent");
  return Object.fromEntries(messages.map((message) => [message.seq, annotations.shown(message)]));
};

const fresh = shown(storeOf(life.fresh, []));
assert.deepEqual(fresh, life.shown);
for (const [index, page] of life.pages.entries()) {
  const told = storeOf(page, life.told.slice(index + 1), life.facts[index]);
  const stale = shown(told);
  assert.deepEqual(facts(told), life.facts.at(-1), `page ${index}`);
  for (const [seq, message] of Object.entries(stale)) assert.deepEqual(message, fresh[seq], `page ${index}, message ${seq}`);
}
const { preview } = storeOf({ changes: [], later: [], head: 0 }, life.told);
assert.equal(preview.deleted, true);
