import assert from "node:assert/strict";
import { test } from "node:test";

import { Attention } from "../../static/js/attention.js";
import { heard, isQuiet, wants } from "../../static/js/attention-rules.js";
import { Store } from "../../static/js/store.js";

const message = (seq, body, extra = {}) => ({
  type: "message.sent", conversation_id: "room", seq, id: `m${seq}`, key: `k${seq}`, author_id: "bob",
  sent_at: `2026-01-02T03:04:0${seq}.000000Z`, body, ...extra,
});
const attention = (fields) => ({ type: "attention.changed", conversation_id: "room", attention: fields });

test("quiet hours go past midnight, in their own zone, whatever zone the device is in", () => {
  const night = { from: "22:00", to: "07:00", time_zone: "Europe/Zurich" };
  assert.ok(isQuiet(night, new Date("2026-01-02T21:00:00Z")));
  assert.ok(isQuiet(night, new Date("2026-01-02T05:59:00Z")));
  assert.ok(!isQuiet(night, new Date("2026-01-02T06:00:00Z")));
  assert.ok(!isQuiet(night, new Date("2026-01-02T20:59:00Z")));
  assert.ok(isQuiet(night, new Date("2026-07-02T20:30:00Z")), "summer time");
  assert.ok(!isQuiet({ ...night, from: "09:00", to: "10:00" }, new Date("2026-01-02T09:00:00Z")));
  assert.ok(!isQuiet(null, new Date()));
});

test("in a zone that this browser does not know there are no quiet hours", () => {
  const now = new Date("2026-01-02T23:00:00Z");
  for (const time_zone of ["localtime", "Factory", "Etc/Unknown", "Mars/Olympus", ""]) {
    assert.ok(!isQuiet({ from: "22:00", to: "07:00", time_zone }, now), time_zone);
  }
  assert.ok(isQuiet({ from: "22:00", to: "07:00", time_zone: "UTC" }, now));
});

test("what is heard follows the level and the mute", () => {
  const store = new Store("alice-id");
  for (const seq of [1, 2, 3]) store.apply(message(seq, "hello", seq === 2 ? { mentions: ["alice-id"] } : {}));
  const room = store.get("room");
  assert.deepEqual(heard(room), { count: 3, mentions: 1 });
  store.apply(attention({ level: "mentions" }));
  assert.deepEqual(heard(room), { count: 1, mentions: 1 });
  assert.deepEqual([1, 2].map((seq) => wants(room, room.log.get(seq), "alice-id")), [false, true]);
  store.apply(attention({ level: "nothing" }));
  assert.deepEqual(heard(room), { count: 0, mentions: 0 });
  store.apply(attention({ is_muted: true }));
  assert.deepEqual(heard(room), { count: 0, mentions: 0 });
  assert.equal(room.unread, 3);
});

test("a mute ends when its time has come, and leaves the level", () => {
  const store = new Store("alice-id");
  store.apply(message(1, "one"));
  store.apply(attention({ level: "mentions", is_muted: true, muted_until: "2026-01-02T04:00:00Z" }));
  const told = [];
  store.subscribe(({ type }) => told.push(type));
  store.endMutes(new Date("2026-01-02T03:59:59Z"));
  assert.deepEqual(told, []);
  store.endMutes(new Date("2026-01-02T04:00:00Z"));
  assert.deepEqual(told, ["attention.changed"]);
  assert.deepEqual(store.get("room").attention, { level: "mentions", is_muted: false, muted_until: null });
});

test("a position tells what is wanted now; without a word of it, the usual", () => {
  const store = new Store("alice-id");
  const position = { conversation_id: "room", epoch: 0, head: 0, read: 0, unread: 0 };
  const page = (extra) => ({ type: "conversations.page", more: false, conversations: [{ ...position, ...extra }] });
  store.apply(page({ attention: { level: "nothing" } }));
  assert.equal(store.get("room").attention.level, "nothing");
  store.apply(page({}));
  assert.equal(store.get("room").attention.level, "all");
});

test("what is read while the icon is drawn leaves no number on it", async () => {
  const link = { href: "mark.svg", type: "image/svg+xml" };
  const pen = new Proxy({}, { get: () => () => {}, set: () => true });
  const canvas = { getContext: () => pen, toDataURL: () => "data:image/png" };
  const images = [];
  globalThis.document = { title: "Parley", querySelector: () => link, createElement: () => canvas };
  globalThis.Image = class { constructor() { images.push(this); } };
  const store = new Store("alice-id");
  new Attention(store);
  store.apply(message(1, "hello"));
  store.markRead("room", 1);
  images[0].onload();
  await new Promise(setImmediate);
  assert.equal(link.href, "mark.svg");
  store.apply(message(2, "hello again"));
  images[1].onload();
  await new Promise(setImmediate);
  assert.equal(link.href, "data:image/png");
});
