import assert from "node:assert/strict";
import { test } from "node:test";

import { Saved } from "../../static/js/saved.js";
import { Store } from "../../static/js/store.js";

const ROOM = "room";

class Wire extends EventTarget {
  tell(type) { this.dispatchEvent(new CustomEvent("frame", { detail: { type } })); }
}

/** A server whose list of saved messages is told when the test says so. */
function made() {
  const waiting = [];
  globalThis.fetch = () => new Promise((resolve) => waiting.push((...seqs) => resolve({
    ok: true, json: async () => ({ results: seqs.map((seq) => ({ seq })), next: null }),
  })));
  globalThis.document = { cookie: "" };
  const store = new Store("alice");
  store.describe(ROOM, { kind: "group", name: "Room" });
  const socket = new Wire();
  const saved = new Saved({ store, socket });
  const tell = (seq, is_saved) => store.apply({ type: "saved.changed", conversation_id: ROOM, seq, is_saved });
  return { saved, socket, tell, waiting, seqs: () => [...store.get(ROOM).saved].sort() };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test("what is saved is read once there is a connection, and what is told goes on from there", async () => {
  const { saved, socket, tell, waiting, seqs } = made();
  saved.show(ROOM);
  assert.equal(waiting.length, 0);
  socket.tell("welcome");
  await settle();
  waiting[0](3, 5);
  await settle();
  assert.deepEqual(seqs(), [3, 5]);
  tell(5, false);
  tell(7, true);
  tell(7, true);
  assert.deepEqual(seqs(), [3, 7]);
  saved.show(ROOM);
  assert.equal(waiting.length, 1);
});

test("a list that was read while something was told is read again", async () => {
  const { saved, socket, tell, waiting, seqs } = made();
  saved.show(ROOM);
  socket.tell("welcome");
  await settle();
  tell(4, true);
  waiting[0]();
  await settle();
  assert.deepEqual(seqs(), [4]);
  waiting[1](4);
  await settle();
  assert.deepEqual(seqs(), [4]);
});

test("after an interruption what was let go of meanwhile is not shown as saved", async (context) => {
  context.mock.method(Math, "random", () => 0);
  const { saved, socket, tell, waiting, seqs } = made();
  socket.tell("welcome");
  saved.show(ROOM);
  await settle();
  waiting[0](3);
  await settle();
  tell(6, true);
  socket.tell("welcome");
  await settle();
  waiting[1](6);
  await settle();
  assert.deepEqual(seqs(), [6]);
});
