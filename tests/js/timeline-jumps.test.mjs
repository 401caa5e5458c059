import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../static/js/store.js";
import { findJump } from "../../static/js/timeline-jumps.js";
import { jumpOf } from "../../static/js/timeline-keys.js";

const HEAD = 1000;
const ME = "me";
// Ten changes a day; each day begins with somebody joining.
const changeOf = (seq) => ({
  seq, conversation_id: "room", key: `k${seq}`, id: `m${seq}`, sent_at: new Date(2025, 0, 1 + Math.floor((seq - 1) / 10), 12, seq % 60).toISOString(),
  ...(seq % 10 === 1 ? { type: "member.joined", author_id: "bob", user_id: "bob" } : { type: "message.sent", author_id: seq % 2 ? "bob" : ME, body: "" }),
});

/** Holds the last hundred; reads the others, and counts how often. */
function room({ isOpen = true } = {}) {
  const store = new Store(ME);
  const page = (first, last) => {
    const changes = Array.from({ length: last - first + 1 }, (_, at) => changeOf(first + at));
    store.apply({ type: "history.page", conversation_id: "room", changes, later: [], head: HEAD });
  };
  page(HEAD - 99, HEAD);
  const sync = {
    socket: { isOpen }, asked: 0,
    async fetch(_, { after, limit }) { this.asked += 1; page(after + 1, after + limit); },
    async fill(_, first, last) { this.asked += 1; page(first, last); },
  };
  return { me: ME, store, sync };
}

test("the next unread message is somebody else's, and none lies outside of what was unread", async () => {
  const app = room();
  const unread = (from, isBack) => findJump(app, "room", { kind: "unread", from, isBack, unreadFrom: 904 });
  assert.equal(await unread(903, false), 905);
  assert.equal(await unread(909, false), 913, "907 and 909 are before, 911 is no message");
  assert.equal(await unread(913, true), 909);
  assert.equal(await unread(905, true), null);
  assert.equal(await unread(999, false), null);
  assert.equal(await findJump(app, "room", { kind: "unread", from: 1, isBack: false, unreadFrom: null }), null);
  assert.equal(app.sync.asked, 0);
});

test("a day begins with its first message, and back leads to the beginning of the day one is in", async () => {
  const app = room();
  const day = (from, isBack) => findJump(app, "room", { kind: "day", from, isBack });
  assert.equal(await day(955, false), 962);
  assert.equal(await day(955, true), 952);
  assert.equal(await day(952, true), 942);
  assert.equal(await day(995, false), null);
  assert.equal(await day(2, true), null);
  assert.equal(app.sync.asked, 1, "only what lies before all that is held was read");
});

test("a day far up is found with few questions", async () => {
  const app = room();
  assert.equal(await findJump(app, "room", { kind: "day", from: 505, isBack: true }), 502);
  assert.ok(app.sync.asked < 15, String(app.sync.asked));
});

test("without a connection a jump into what is not held fails, and does not wait", async () => {
  const app = room({ isOpen: false });
  await assert.rejects(findJump(app, "room", { kind: "day", from: 505, isBack: true }));
  assert.equal(await findJump(app, "room", { kind: "day", from: 955, isBack: true }), 952);
});

test("the keys are those with Alt alone, whatever letter the keyboard makes of them", () => {
  const press = (code, more = {}) => jumpOf({ code, altKey: true, ctrlKey: false, metaKey: false, shiftKey: false, ...more });
  assert.deepEqual(press("KeyU"), { kind: "unread", isBack: false });
  assert.deepEqual(press("KeyM", { shiftKey: true }), { kind: "mention", isBack: true });
  assert.deepEqual(press("PageUp"), { kind: "day", isBack: true });
  assert.equal(press("KeyU", { altKey: false }), null);
  assert.equal(press("KeyU", { ctrlKey: true }), null);
  assert.equal(press("KeyX"), null);
});
