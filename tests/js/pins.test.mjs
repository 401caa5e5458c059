import assert from "node:assert/strict";
import { test } from "node:test";

import { Pins } from "../../static/js/pins.js";
import { Store } from "../../static/js/store.js";

const settle = () => new Promise((resolve) => setTimeout(resolve, 200));

/** A server whose lists are told when the test says so. */
function made() {
  const waiting = [];
  globalThis.fetch = () => new Promise((resolve) => waiting.push((...seqs) => resolve({
    ok: true, json: async () => ({ results: seqs.map((seq) => ({ seq })) }),
  })));
  const store = new Store("alice");
  store.describe("room", { kind: "group", name: "Room" });
  const socket = Object.assign(new EventTarget(), { isOpen: true });
  const pins = new Pins({ store, socket });
  return { pins, store, socket, waiting, seqs: () => pins.of("room").map(({ seq }) => seq) };
}
const pinned = (seq, target) => ({ type: "message.pinned", conversation_id: "room", seq, target, id: `m${seq}`, key: `k${seq}`, author_id: "bob", sent_at: "2026" });

test("of two answers the one that was asked for later counts, whenever it comes", async () => {
  const { pins, store, waiting, seqs } = made();
  pins.load("room");
  store.apply(pinned(9, 4));
  await settle();
  waiting[1](4);
  await settle();
  waiting[0]();
  await settle();
  assert.deepEqual(seqs(), [4]);
});

test("what is pinned before the connection is there, while the first answer is on its way, is asked for again", async () => {
  const { pins, socket, waiting, seqs } = made();
  pins.load("room");
  socket.dispatchEvent(new Event("state"));
  waiting[0]();
  await settle();
  waiting[1](4);
  await settle();
  assert.deepEqual(seqs(), [4]);
});

test("an answer that comes after one was removed is not kept", async () => {
  const { pins, store, waiting, seqs } = made();
  pins.load("room");
  store.apply({ type: "conversation.removed", conversation_id: "room" });
  waiting[0](4);
  await settle();
  assert.deepEqual(seqs(), []);
});
