import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../static/js/store.js";
import { Sync } from "../../static/js/sync.js";

const ME = "alice";
const message = (conversation_id, seq) => ({
  type: "message.sent", conversation_id, seq, id: `m${seq}`, key: `${conversation_id}${seq}`, author_id: "bob",
  sent_at: "2026-01-02T03:04:05.000000Z", body: `line ${seq}`,
});
const positions = (...rows) => ({
  type: "conversations.page", more: false,
  conversations: rows.map(([conversation_id, head]) => ({ conversation_id, epoch: 0, head, read: head, unread: 0 })),
});

/** A socket that remembers what was sent and tells what it is given. */
class Wire extends EventTarget {
  isOpen = true;
  sent = [];

  send(frame) {
    this.sent.push(frame);
    return true;
  }

  /** The connection breaks, and another is there. */
  reopen() {
    for (const isOpen of [false, true]) {
      this.isOpen = isOpen;
      this.dispatchEvent(new Event("state"));
    }
  }

  tell(detail) { this.dispatchEvent(new CustomEvent("frame", { detail })); }
}

function made() {
  const store = new Store(ME);
  const socket = new Wire();
  const outbox = { answer() {}, seen() {}, drain() {}, interrupt() {}, beginEpoch() {} };
  for (const id of ["room", "hall"]) store.describe(id, { kind: "group", name: id });
  return { store, socket, sync: new Sync({ store, socket, outbox }) };
}

test("what is held of a conversation that moved on while we were away is read anew, unless it is on screen", () => {
  const { store, socket, sync } = made();
  sync.shown = "hall";
  for (const id of ["room", "hall"]) for (const seq of [1, 2]) socket.tell(message(id, seq));
  socket.tell(positions(["room", 2], ["hall", 2]));
  assert.deepEqual(store.get("room").log.ranges, [[1, 2]]);
  socket.reopen();
  socket.tell(positions(["room", 9], ["hall", 9]));
  assert.deepEqual(store.get("room").log.ranges, []);
  assert.deepEqual(store.get("hall").log.ranges, [[1, 2]]);
  assert.deepEqual(socket.sent.filter(({ type }) => type === "history.get").map(({ after }) => after), [2]);
});

test("after a large hole what was held before it on screen is forgotten once the newest page is here", async () => {
  const { store, socket, sync } = made();
  sync.shown = "hall";
  for (const seq of [1, 2]) socket.tell(message("hall", seq));
  socket.reopen();
  socket.tell(positions(["hall", 900]));
  const { ref } = socket.sent.find(({ type }) => type === "history.get");
  const changes = [899, 900].map((seq) => message("hall", seq));
  socket.tell({ type: "history.page", ref, conversation_id: "hall", head: 900, complete: false, changes, later: [] });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(store.get("hall").log.ranges, [[899, 900]]);
});

test("what is told before the positions come hides nothing of what was missed", async () => {
  const { store, socket, sync } = made();
  sync.shown = "hall";
  for (const id of ["room", "hall"]) for (const seq of [1, 2]) socket.tell(message(id, seq));
  socket.reopen();
  for (const id of ["room", "hall"]) socket.tell(message(id, 9));
  socket.tell(positions(["room", 8], ["hall", 8]));
  assert.deepEqual(store.get("room").log.ranges, [[9, 9]], "what was held may have been changed in the hole");
  assert.deepEqual(socket.sent.filter(({ type }) => type === "history.get").map(({ after, limit }) => [after, limit]), [[2, 6]]);
  socket.tell({ type: "lagging" });
  socket.tell(message("room", 20));
  socket.tell(positions(["room", 20], ["hall", 9]));
  assert.deepEqual(store.get("room").log.ranges, []);
});

test("a channel that moved on unseen is read anew, whatever of it is told to all meanwhile", () => {
  const { store, socket } = made();
  for (const seq of [1, 2]) socket.tell(message("room", seq));
  socket.tell({ ...message("room", 5), type: "conversation.renamed", name: "News" });
  socket.tell({ type: "conversation.hinted", conversation_id: "room", after: 2, head: 5, last_at: "2026", messages: [{ seq: 3, author_id: "bob" }] });
  assert.deepEqual(store.get("room").log.ranges, []);
  assert.equal(store.get("room").name, "News");
});

test("positions that come without an interruption say nothing was missed", () => {
  const { store, socket } = made();
  for (const seq of [1, 2]) socket.tell(message("room", seq));
  socket.tell(positions(["room", 3], ["hall", 0])); // they ran ahead of the next message
  assert.deepEqual(store.get("room").log.ranges, [[1, 2]]);
});

test("a gap that opens while the wait for another runs is filled too", (context) => {
  const { socket, sync } = made();
  context.mock.timers.enable({ apis: ["setTimeout"] });
  for (const id of ["room", "hall"]) {
    sync.shown = id;
    for (const seq of [1, 3]) socket.tell(message(id, seq));
  }
  context.mock.timers.tick(1_000);
  assert.deepEqual(socket.sent.filter(({ type }) => type === "history.get").map((frame) => frame.conversation_id), ["hall"]);
});

test("a device that was away does not undo that the mark was taken back", () => {
  const { store, socket } = made();
  const back = (read, turn) => socket.tell({ ...positions(["room", 3]), conversations: [{ conversation_id: "room", epoch: 0, head: 3, read, unread: 0, turn }] });
  back(1, 0);
  store.markRead("room", 3);
  back(1, 0);
  const marks = () => socket.sent.filter(({ type }) => type === "read.mark").map(({ seq }) => seq);
  assert.deepEqual(marks(), [3]);
  back(1, 1);
  assert.deepEqual(marks(), [3]);
  assert.equal(store.get("room").read, 1);
});

test("a page that cannot be read now is asked for again when the server said", async (context) => {
  const { store, socket, sync } = made();
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.mock.method(Math, "random", () => 0);
  const asked = () => socket.sent.filter(({ type }) => type === "history.get");
  const page = sync.fetch("room", { after: 0 });
  const { ref } = asked()[0];
  socket.tell({ type: "error", code: "unavailable", ref, retry_after: 2 });
  context.mock.timers.tick(1_999);
  assert.equal(asked().length, 1);
  context.mock.timers.tick(1);
  assert.deepEqual(asked()[1], asked()[0]);
  socket.tell({ type: "history.page", ref, conversation_id: "room", head: 1, complete: true, changes: [message("room", 1)], later: [] });
  await page;
  assert.deepEqual(store.get("room").log.ranges, [[1, 1]]);
  const refused = sync.fetch("room", { after: 1 });
  socket.tell({ type: "error", code: "not_found", ref: asked()[2].ref });
  await assert.rejects(refused);
});

test("one message that is read alone does not stand for the page that begins with it", () => {
  const { socket, sync } = made();
  sync.fetch("room", { after: 4, limit: 1 });
  sync.fetch("room", { after: 4, limit: 60 });
  assert.deepEqual(socket.sent.map(({ limit }) => limit), [1, 60]);
});

test("a clock that is set back keeps nobody from being seen to write", (context) => {
  const { socket, sync } = made();
  let [clock, since] = [Date.now(), 1_000];
  context.mock.method(Date, "now", () => clock);
  context.mock.method(performance, "now", () => since);
  sync.type("room");
  clock -= 3_600_000;
  since += 4_000;
  sync.type("room");
  since += 1_000;
  sync.type("room");
  assert.equal(socket.sent.filter(({ type }) => type === "typing.start").length, 2);
});

test("what groups are called is read again after an interruption in which it may have changed, and when it could not be read", async (context) => {
  const asked = [];
  let isDown = true;
  globalThis.document = { cookie: "" };
  globalThis.fetch = async (path) => {
    asked.push(path);
    if (isDown) throw new TypeError("network");
    const group = { id: "room", head: 5, kind: "group", name: "Renamed", description: "", role: "member", slow_seconds: 0 };
    return { ok: true, json: async () => ({ results: [group], next: null }) };
  };
  const lists = () => asked.filter((path) => path.includes("/conversations")).length;
  context.mock.method(Math, "random", () => 0);
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const turn = async (milliseconds) => {
    context.mock.timers.tick(milliseconds);
    await new Promise(setImmediate);
  };
  const { store, socket } = made();
  const welcome = (head) => {
    socket.tell({ type: "welcome" });
    socket.tell(positions(["room", head], ["hall", 0]));
  };
  welcome(2); // the page came with what they are called
  await turn(10);
  assert.equal(lists(), 0);
  welcome(5);
  await turn(10);
  assert.equal(lists(), 1);
  isDown = false;
  await turn(5_000);
  assert.equal(store.get("room").name, "Renamed");
  welcome(5);
  await turn(10_000);
  assert.equal(lists(), 2, "nothing was missed since");
});
