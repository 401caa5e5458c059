import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Presence } from "../../static/js/presence.js";
import { presenceWords } from "../../static/js/presence-dots.js";
import { agoWords } from "../../static/js/times.js";

class FakeSocket extends EventTarget {
  isOpen = true;
  sent = [];

  send(frame) {
    if (this.isOpen) this.sent.push(frame);
    return this.isOpen;
  }

  hear(frame) { this.dispatchEvent(Object.assign(new Event("frame"), { detail: frame })); }

  become(isOpen) {
    this.isOpen = isOpen;
    this.dispatchEvent(new Event("state"));
  }

  watched() { return this.sent.map((frame) => frame.user_ids); }
}

function begin() {
  const socket = new FakeSocket();
  return { socket, presence: new Presence({ socket }) };
}

mock.timers.enable({ apis: ["setTimeout"] });

test("all parts of the page are watched together, each person once", () => {
  const { socket, presence } = begin();
  presence.show("list", ["b", "a"]);
  presence.show("details", ["c", "b"]);
  assert.deepEqual(socket.watched(), []);
  mock.timers.tick(200);
  presence.show("list", ["a", "b"]);
  mock.timers.tick(200);
  assert.deepEqual(socket.watched(), [["a", "b", "c"]]);
  presence.show("details", []);
  mock.timers.tick(200);
  assert.deepEqual(socket.watched().at(-1), ["a", "b"]);
});

test("a page that shows nobody asks for nobody", () => {
  const { socket, presence } = begin();
  presence.show("list", []);
  mock.timers.tick(200);
  socket.become(true);
  assert.deepEqual(socket.sent, []);
});

test("no more are watched than the server takes", () => {
  const { socket, presence } = begin();
  presence.show("list", Array.from({ length: 900 }, (_, number) => `u${number}`));
  mock.timers.tick(200);
  assert.equal(socket.watched()[0].length, 500);
});

test("after a reconnect the same people are watched again, and until then look as before", () => {
  const { socket, presence } = begin();
  presence.show("list", ["a"]);
  mock.timers.tick(200);
  socket.hear({ type: "presence.page", ref: "w1", people: [{ user_id: "a", state: "online" }], more: false });
  socket.become(false);
  presence.show("details", ["b"]);
  mock.timers.tick(200);
  assert.equal(socket.sent.length, 1);
  assert.deepEqual(presence.of("a"), { state: "online" });
  socket.become(true);
  assert.deepEqual(socket.watched(), [["a"], ["a", "b"]]);
});

test("what is told of somebody replaces all that was told before", () => {
  const { socket, presence } = begin();
  let changes = 0;
  presence.addEventListener("change", () => { changes += 1; });
  presence.show("list", ["a"]);
  mock.timers.tick(200);
  socket.hear({ type: "presence.page", ref: "w1", people: [{ user_id: "a", state: "online", status: "At lunch" }], more: false });
  socket.hear({ type: "presence.changed", people: [{ user_id: "a", state: "offline", last_seen_at: "2026-01-02T03:04:05Z" }] });
  assert.deepEqual(presence.of("a"), { state: "offline", last_seen_at: "2026-01-02T03:04:05Z" });
  assert.equal(changes, 2);
  presence.show("list", []);
  mock.timers.tick(200);
  assert.equal(presence.of("a"), null);
});

test("a watch that was refused for now is sent again later", () => {
  const { socket, presence } = begin();
  presence.show("list", ["a"]);
  mock.timers.tick(200);
  socket.hear({ type: "error", code: "rate_limited", ref: "w1", retry_after: 0.5 });
  socket.hear({ type: "error", code: "invalid", ref: "h1" });
  mock.timers.tick(499);
  assert.equal(socket.sent.length, 1);
  mock.timers.tick(1);
  assert.deepEqual(socket.watched(), [["a"], ["a"]]);
  socket.hear({ type: "error", code: "unavailable", ref: "w2" });
  mock.timers.tick(5000);
  assert.equal(socket.sent.length, 3);
});

test("how long ago somebody was seen", () => {
  const now = new Date(2026, 0, 8, 15, 0);
  const at = (...parts) => new Date(2026, 0, ...parts).toISOString();
  assert.equal(agoWords(at(8, 14, 59, 30), now), "just now");
  assert.equal(agoWords(at(8, 14, 59), now), "a minute ago");
  assert.equal(agoWords(at(8, 14, 55), now), "5 minutes ago");
  assert.equal(agoWords(at(8, 13, 30), now), "an hour ago");
  assert.equal(agoWords(at(8, 9, 0), now), "6 hours ago");
  assert.equal(agoWords(at(7, 20, 0), now), "yesterday");
  assert.match(agoWords(at(2, 20, 0), now), /^on /);
  assert.equal(agoWords(at(8, 15, 1), now), "just now"); // a clock that goes wrong
});

test("the words name the state, then the status", () => {
  assert.equal(presenceWords({ state: "away", status: "At lunch" }), "away · At lunch");
  assert.equal(presenceWords({ state: "offline" }), "offline");
  assert.match(presenceWords({ state: "offline", last_seen_at: "2020-01-02T03:04:05Z" }), /^last seen on /);
});
