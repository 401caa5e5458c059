import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryEntries } from "../../static/js/outbox-store.js";
import { Outbox } from "../../static/js/outbox.js";

/** A socket that records frames and takes them while `open`. */
class Wire {
  open = true;
  frames = [];
  #wanted = null;

  send = (frame) => {
    if (!this.open) return false;
    this.frames.push(frame);
    this.#wanted?.();
    return true;
  };

  async sent(count) {
    while (this.frames.length < count) await new Promise((resolve) => { this.#wanted = resolve; });
    return this.frames;
  }
}

const made = async ({ wire = new Wire(), entries = new MemoryEntries(), userId = "alice", locks } = {}) => {
  const outbox = new Outbox({ userId, entries, send: wire.send, locks });
  await outbox.refresh();
  return { outbox, wire, entries };
};
const text = (body) => ({ type: "message.send", body });
const ack = (frame, seq) => ({ type: "ack", key: frame.key, conversation_id: frame.conversation_id, seq, id: "i" });
const changed = (outbox) => new Promise((resolve) => outbox.addEventListener("change", resolve, { once: true }));
const bodies = (wire) => wire.frames.map((frame) => frame.body);

test("the second message leaves only after the first is acknowledged", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("one"));
  await outbox.add("room", text("two"));
  await wire.sent(1);
  assert.deepEqual(bodies(wire), ["one"]);
  outbox.answer(ack(wire.frames[0], 1));
  await wire.sent(2);
  assert.deepEqual(bodies(wire), ["one", "two"]);
});

test("conversations do not wait for each other", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("one"));
  await outbox.add("hall", text("two"));
  await wire.sent(2);
  assert.deepEqual(bodies(wire), ["one", "two"]);
});

test("what was in flight when the socket broke is sent again under the same key", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("one"));
  await wire.sent(1);
  wire.open = false;
  outbox.interrupt();
  await outbox.add("room", text("two"));
  wire.open = true;
  outbox.drain();
  await wire.sent(2);
  assert.deepEqual(bodies(wire), ["one", "one"]);
  assert.equal(wire.frames[0].key, wire.frames[1].key);
});

test("a restart finds the messages in their order", async () => {
  const wire = new Wire();
  wire.open = false;
  const { outbox, entries } = await made({ wire });
  for (const body of ["one", "two", "three"]) await outbox.add("room", text(body));
  const later = await made({ entries });
  for (const [at, body] of ["one", "two", "three"].entries()) {
    await later.wire.sent(at + 1);
    assert.equal(later.wire.frames[at].body, body);
    later.outbox.answer(ack(later.wire.frames[at], at + 1));
  }
  while (later.outbox.list.length) await changed(later.outbox);
});

test("another account neither sees nor sends them", async () => {
  const wire = new Wire();
  wire.open = false;
  const { outbox, entries } = await made({ wire });
  await outbox.add("room", text("secret"));
  const bob = await made({ entries, userId: "bob" });
  assert.deepEqual(bob.outbox.list, []);
  assert.deepEqual(bob.wire.frames, []);
  assert.equal(outbox.list.length, 1);
});

test("a refused message stays and the next one leaves", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("bad"));
  await outbox.add("room", text("good"));
  await wire.sent(1);
  outbox.answer({ type: "error", code: "invalid", message: "No.", key: wire.frames[0].key });
  await wire.sent(2);
  assert.deepEqual(bodies(wire), ["bad", "good"]);
  assert.equal(outbox.of("room")[0].state, "failed");
  assert.equal(outbox.of("room")[0].error.code, "invalid");
});

test("trying a refused message again takes a new key", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("bad"));
  await wire.sent(1);
  outbox.answer({ type: "error", code: "key_reused", message: "No.", key: wire.frames[0].key });
  while (outbox.of("room")[0]?.state !== "failed") await changed(outbox);
  await outbox.retry(wire.frames[0].key);
  await wire.sent(2);
  assert.notEqual(wire.frames[0].key, wire.frames[1].key);
});

test("a second press while a refused message is tried again makes no second one", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("bad"));
  await wire.sent(1);
  outbox.answer({ type: "error", code: "not_allowed", message: "No.", key: wire.frames[0].key });
  while (outbox.of("room")[0]?.state !== "failed") await changed(outbox);
  const { key } = outbox.list[0];
  await Promise.all([outbox.retry(key), outbox.retry(key)]);
  assert.equal(outbox.list.length, 1);
});

test("what is kept was added, even if the list cannot be read just then", async () => {
  const entries = new MemoryEntries();
  const { outbox } = await made({ entries });
  const read = entries.of.bind(entries);
  entries.of = async () => { throw new Error("not now"); };
  await outbox.add("room", text("one"));
  entries.of = read;
  await outbox.refresh();
  assert.equal(outbox.list.length, 1);
});

test("what keeps entries for good and comes late takes over what was kept until then, and shows what it has", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("now"));
  await wire.sent(1);
  const entries = new MemoryEntries();
  await entries.add({ ...text("earlier"), key: "k", user_id: "alice", conversation_id: "hall", written_at: "", state: "waiting" });
  await outbox.moveTo(entries);
  await wire.sent(2);
  assert.deepEqual(bodies(wire), ["now", "earlier"]);
  outbox.answer({ type: "error", code: "not_allowed", message: "No.", key: wire.frames[0].key });
  while (outbox.of("room")[0]?.state !== "failed") await changed(outbox);
  assert.deepEqual((await entries.of("alice")).map(({ body, state }) => [body, state]), [["earlier", "waiting"], ["now", "failed"]]);
});

test("too fast waits and sends again under the same key", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("one"));
  await wire.sent(1);
  outbox.answer({ type: "error", code: "rate_limited", message: "Wait.", retry_after: 0.01, key: wire.frames[0].key });
  await wire.sent(2);
  assert.equal(wire.frames[0].key, wire.frames[1].key);
});

test("a long wait for having written too much is said, a short one is not", async (context) => {
  const { outbox, wire } = await made();
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const said = [];
  outbox.addEventListener("delayed", ({ detail }) => said.push(detail));
  await outbox.add("room", text("one"));
  await wire.sent(1);
  outbox.answer({ type: "error", code: "rate_limited", message: "Short.", retry_after: 0.01, key: wire.frames[0].key });
  await new Promise(setImmediate);
  context.mock.timers.tick(1_000);
  await wire.sent(2);
  outbox.answer({ type: "error", code: "rate_limited", message: "Long.", retry_after: 30, key: wire.frames[0].key });
  await new Promise(setImmediate);
  assert.deepEqual(said, [{ conversation_id: "room", message: "Long." }]);
});

test("slow mode asks for minutes, and no minute is added to them", async (context) => {
  const { outbox, wire } = await made();
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.mock.method(Math, "random", () => 0.999);
  await outbox.add("room", text("one"));
  await wire.sent(1);
  outbox.answer({ type: "error", code: "slow_mode", message: "Wait.", retry_after: 300, key: wire.frames[0].key });
  await new Promise(setImmediate);
  context.mock.timers.tick(299_000);
  await new Promise(setImmediate);
  assert.equal(wire.frames.length, 1);
  context.mock.timers.tick(2_000);
  await wire.sent(2);
});

test("an acknowledged message stays in sight until the timeline shows it", async () => {
  const { outbox, wire } = await made();
  const { key } = await outbox.add("room", text("one"));
  await wire.sent(1);
  outbox.answer(ack(wire.frames[0], 7));
  while (outbox.list.length) await changed(outbox);
  assert.equal(outbox.of("room")[0].seq, 7);
  outbox.seen({ key, author_id: "mallory" });
  assert.equal(outbox.of("room").length, 1);
  outbox.seen({ key, author_id: "alice" });
  assert.deepEqual(outbox.of("room"), []);
});

test("while an acknowledged message leaves the store it is one entry and not two", async () => {
  let release;
  const entries = new MemoryEntries();
  const remove = entries.remove.bind(entries);
  entries.remove = async (key) => {
    await new Promise((resolve) => { release = resolve; });
    return remove(key);
  };
  const { outbox, wire } = await made({ entries });
  await outbox.add("room", text("one"));
  await wire.sent(1);
  outbox.answer(ack(wire.frames[0], 7));
  while (!release) await new Promise(setImmediate);
  assert.deepEqual(outbox.of("room").map(({ state }) => state), ["sent"]);
  release();
});

test("another's change with the key of what is in flight is no answer to it, and one's own is", async () => {
  const { outbox, wire } = await made();
  const { key } = await outbox.add("room", text("one"));
  await wire.sent(1);
  const sent = { type: "message.sent", key, conversation_id: "room", seq: 4 };
  assert.equal(outbox.answer({ ...sent, author_id: "mallory" }), false);
  assert.equal(outbox.list.length, 1);
  assert.equal(outbox.answer({ ...sent, author_id: "alice", seq: 5 }), true);
  while (outbox.list.length) await changed(outbox);
});

test("two tabs never have the same conversation in flight at once", async () => {
  const held = new Map();
  const locks = {
    request(name, work) {
      const turn = (held.get(name) ?? Promise.resolve()).then(work);
      held.set(name, turn);
      return turn;
    },
  };
  const first = await made({ locks });
  const second = await made({ locks, entries: first.entries });
  await first.outbox.add("room", text("one"));
  await second.outbox.refresh();
  await first.wire.sent(1);
  assert.deepEqual(second.wire.frames, []);
  first.outbox.answer(ack(first.wire.frames[0], 1));
  await second.outbox.add("room", text("two"));
  await Promise.race([first.wire.sent(2), second.wire.sent(1)]);
  assert.deepEqual([...bodies(first.wire), ...bodies(second.wire)], ["one", "two"]);
});

test("an edit and a deletion wait for the message before them, over a restart", async () => {
  const wire = new Wire();
  wire.open = false;
  const { outbox, entries } = await made({ wire });
  await outbox.add("room", text("one"));
  await outbox.add("room", { type: "message.edit", target: 3, body: "better" });
  await outbox.add("room", { type: "message.delete", target: 4 });
  const later = await made({ entries });
  for (const seq of [5, 6, 7]) {
    await later.wire.sent(seq - 4);
    later.outbox.answer(ack(later.wire.frames.at(-1), seq));
  }
  while (later.outbox.list.length) await changed(later.outbox);
  const [one, edit, deletion] = later.wire.frames.map(({ key, ...frame }) => frame);
  assert.deepEqual(one, { type: "message.send", conversation_id: "room", body: "one" });
  assert.deepEqual(edit, { type: "message.edit", conversation_id: "room", target: 3, body: "better" });
  assert.deepEqual(deletion, { type: "message.delete", conversation_id: "room", target: 4 });
});

test("what an earlier Parley left unsent is a message", async () => {
  const entries = new MemoryEntries();
  await entries.add({ key: "k", user_id: "alice", conversation_id: "room", body: "old", written_at: "", state: "waiting" });
  const { wire } = await made({ entries });
  await wire.sent(1);
  assert.deepEqual(wire.frames[0], { type: "message.send", key: "k", conversation_id: "room", body: "old" });
});

test("an edit that was refused and is tried again stays an edit", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", { type: "message.edit", target: 3, body: "better" });
  await wire.sent(1);
  outbox.answer({ type: "error", code: "not_allowed", message: "No.", key: wire.frames[0].key });
  while (outbox.of("room")[0]?.state !== "failed") await changed(outbox);
  await outbox.retry(wire.frames[0].key);
  await wire.sent(2);
  assert.deepEqual({ ...wire.frames[1], key: null }, { ...wire.frames[0], key: null });
});

// --- epochs: after a restore a number may be another message's

/** An outbox of a history in `epoch` that holds `there`, the items' keys by number. */
const restored = async (epoch, there, entries) => {
  const wire = new Wire();
  const history = { epoch: () => epoch, holds: async (_, seq, about) => there[seq] === about };
  const outbox = new Outbox({ userId: "alice", entries, send: wire.send, history });
  await outbox.refresh();
  return { outbox, wire };
};
const waitingIn = async (epoch, ...all) => {
  const entries = new MemoryEntries();
  const { outbox, wire } = await restored(epoch, {}, entries);
  wire.open = false;
  for (const fields of all) await outbox.add("room", fields);
  return { entries, keys: outbox.list.map(({ key }) => key) };
};

test("what is unsent is sent under its key in a new epoch", async () => {
  const { entries, keys } = await waitingIn(0, text("one"));
  const { wire } = await restored(7, {}, entries);
  await wire.sent(1);
  assert.deepEqual(wire.frames.map(({ key, body }) => [key, body]), [[keys[0], "one"]]);
});

test("a change is sent only while its number is of the message it was written for", async () => {
  const { entries } = await waitingIn(0,
    { type: "message.delete", target: 5, about: "kbob.lost" },
    { type: "reaction.add", target: 5, about: "kbob.lost", emoji: "👍" },
    { type: "message.delete", target: 2, about: "kbob.kept" });
  const { outbox, wire } = await restored(7, { 2: "kbob.kept", 5: "kcarol.other" }, entries);
  await wire.sent(1);
  assert.deepEqual(wire.frames.map(({ type, target }) => [type, target]), [["message.delete", 2]]);
  assert.equal(outbox.list.length, 1);
});

test("an answer to what was lost is sent without it, and the words of an edit of it are kept", async () => {
  const { entries, keys } = await waitingIn(0,
    { type: "message.edit", target: 5, about: "kalice.lost", body: "mended" },
    { type: "message.send", body: "yes", reply_to: 5, about: "kbob.lost" });
  const { outbox, wire } = await restored(7, {}, entries);
  await wire.sent(1);
  const [{ key, body, reply_to }] = wire.frames;
  assert.deepEqual([key, body, reply_to], [keys[1], "yes", undefined]);
  const kept = outbox.list.find(({ state }) => state === "failed");
  assert.deepEqual([kept.type, kept.body, kept.target, kept.error.code], ["message.send", "mended", undefined, "lost_target"]);
});

test("what an earlier Parley kept is as of epoch 0", async () => {
  const entries = new MemoryEntries();
  const old = { key: "old", user_id: "alice", conversation_id: "room", state: "waiting", type: "message.pin", target: 5 };
  await entries.add(old);
  const { wire: same } = await restored(0, {}, entries);
  await same.sent(1);
  await restored(7, { 5: "kbob.other" }, entries);
  while ((await entries.of("alice")).length) await new Promise(setImmediate);
});

test("what was acknowledged and lost is not shown as on its way", async () => {
  const { outbox, wire } = await made();
  await outbox.add("room", text("one"));
  await wire.sent(1);
  outbox.answer(ack(wire.frames[0], 1));
  while (outbox.of("room")[0]?.state !== "sent") await changed(outbox);
  outbox.beginEpoch();
  assert.deepEqual(outbox.of("room"), []);
});
