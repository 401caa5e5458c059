import assert from "node:assert/strict";
import { test } from "node:test";

import { Receipts, receiptWords } from "../../static/js/receipts.js";
import { Store } from "../../static/js/store.js";

const told = (...people) => ({ people: people.map(([user_id, read, delivered]) => ({ user_id, read, delivered })), whole: true });

test("what a message came to is that of who is furthest behind", () => {
  const receipts = new Receipts();
  assert.equal(receipts.summary(5, "alice"), null);
  receipts.apply(told(["alice", 9], ["bob", 5, 5], ["carol", 0, 7], ["dora", 0, 0]));
  assert.deepEqual(receipts.people(5, "alice"), { read: ["bob"], delivered: ["carol"], waiting: ["dora"] });
  assert.deepEqual(receipts.summary(5, "alice"), { state: "sent", read: 1, others: 3 });
  receipts.apply({ people: [{ user_id: "dora", read: 2 }] }); // connected
  assert.deepEqual(receipts.summary(5, "alice"), { state: "delivered", read: 1, others: 3 });
  receipts.apply({ people: [{ user_id: "dora", read: 6 }, { user_id: "carol", read: 6 }] });
  assert.deepEqual(receipts.summary(5, "alice"), { state: "read", read: 3, others: 3 });
});

test("a whole takes the place of what was told before", () => {
  const receipts = new Receipts();
  receipts.apply(told(["bob", 5, 5]));
  receipts.apply({ whole: true });
  assert.equal(receipts.summary(5, "alice"), null);
  receipts.apply({ reads: [7, 5, 2], whole: true });
  assert.deepEqual(receipts.summary(5, "alice"), { state: "sent", read: 2, others: 3 });
  assert.equal(receipts.people(5, "alice"), null);
});

test("whoever joined after a message is not counted", () => {
  const store = new Store("alice");
  const change = (seq, fields) => store.apply({ conversation_id: "room", seq, key: `k${seq}`, author_id: "alice", sent_at: "2026", ...fields });
  change(1, { type: "message.sent", body: "one" });
  change(2, { type: "member.joined", user_id: "carol" });
  change(3, { type: "message.sent", body: "two" });
  store.apply({ type: "receipts.changed", conversation_id: "room", ...told(["alice", 3], ["bob", 1, 1], ["carol", 3]) });
  assert.deepEqual(store.get("room").receipts.summary(1, "alice"), { state: "read", read: 1, others: 1 });
  assert.deepEqual(store.get("room").receipts.summary(3, "alice"), { state: "sent", read: 1, others: 2 });
});

test("words say one state, or how many", () => {
  assert.equal(receiptWords(null), "Sent");
  assert.equal(receiptWords({ state: "read", read: 1, others: 1 }), "Read");
  assert.equal(receiptWords({ state: "delivered", read: 0, others: 4 }), "Delivered");
  assert.equal(receiptWords({ state: "delivered", read: 2, others: 4 }), "Read by 2 of 4");
});
