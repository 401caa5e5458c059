import assert from "node:assert/strict";
import { test } from "node:test";

import { Listing } from "../../static/js/listing.js";
import { Store } from "../../static/js/store.js";

const at = (day) => `2026-01-${String(day).padStart(2, "0")}T00:00:00.000000Z`;
const position = (conversation_id, day) => ({ conversation_id, epoch: 0, head: 1, read: 1, unread: 0, last_at: at(day) });
const turn = () => new Promise((resolve) => setImmediate(resolve));

function made({ cursor = null, held = [] } = {}) {
  const store = new Store("alice");
  const sent = [];
  const socket = { isOpen: true, send: (frame) => Boolean(sent.push(frame)) };
  const listing = new Listing({ store, socket, describe: ({ id, kind }) => store.describe(id, { kind }), seed: { cursor } });
  for (const [id, day] of held) store.describe(id, { kind: "group", movedAt: at(day) });
  return { store, sent, listing };
}

/** What the server answers to the newest frame, as Sync passes it on. */
async function answer({ store, sent, listing }, fields) {
  const frame = { type: "conversations.page", more: true, ref: sent.at(-1).ref, ...fields };
  store.apply(frame);
  listing.answer(frame);
  await turn();
}

test("a server that does not leave the asking to us is not asked", () => {
  const { store, sent, listing } = made({ cursor: `${at(5)}_b` });
  listing.begin({});
  assert.equal(sent.length, 0);
  assert.equal(store.isPartial, false);
  assert.equal(listing.hasMore("all"), false);
});

test("a refresh reads down to the cursor, then what is held below it, and drops what is gone", async () => {
  const page = made({ cursor: `${at(5)}_b`, held: [["a", 9], ["low", 2], ["gone", 1]] });
  page.listing.begin({ positions: "asked" });
  await answer(page, { conversations: [position("a", 9)], next: `${at(7)}_c` });
  assert.equal(page.sent.at(-1).cursor, `${at(7)}_c`);
  await answer(page, { conversations: [], next: `${at(5)}_b` });
  assert.deepEqual(page.sent.at(-1).ids, ["low", "gone"]);
  await answer(page, { conversations: [position("low", 2)] });
  assert.deepEqual([...page.store.conversations.keys()], ["a", "low"]);
  assert.equal(page.listing.cursor, `${at(5)}_b`);
});

test("the server counts below the cursor, without what is held there", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { store, sent, listing } = made({ cursor: `${at(5)}_b`, held: [["a", 9], ["low", 2]] });
  store.isPartial = true;
  for (let times = 0; times < 3; times += 1) listing.count();
  t.mock.timers.tick(100);
  assert.equal(sent.length, 1);
  assert.equal(sent[0].cursor, `${at(5)}_b`);
  assert.deepEqual(sent[0].known, ["low"]);
});

test("what was asked before a new connection is not answered any more", async () => {
  const { sent, listing } = made();
  listing.begin({ positions: "asked" });
  const [{ ref }] = sent;
  assert.ok(listing.isAnswer({ ref }));
  listing.begin({ positions: "asked" });
  assert.ok(!listing.isAnswer({ ref }));
  await turn();
});
